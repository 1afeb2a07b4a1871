"""Saves the helper that all stories use again and again, in quick bursts, and watches every page.

Each save is made in place, as editors such as VS Code do: the file is truncated, then written. The
last save of a burst must be served in time. A process of its own looks at all pages in turn, by
HTTP and in the output folder: none may ever be missing. The exit code is 1, and the violations are
listed, if the last save was late, a page was missing, or the server logged a warning or an error.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from .catalogs import STORIES_PER_SUBJECT, generate, save_in_place, subject_path
from .measure import markdown
from .report import record
from .run import machine, python_name
from .servers import Server, serving

STORIES = 330
SAVES = (40, 100)
"""Saves of a burst, at least and at most."""
GAP = 0.3
"""Seconds between two saves, at most."""
LOOK = 0.005
"""Seconds between two looks at a page."""
LONG = 30.0
"""Seconds after which a save that is not served counts as lost."""
MEMORY_NOTICE = "closed subinterpreters left"
"""What 3.13 says once, since it leaks memory per subinterpreter."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bursts", description=__doc__)
    add = parser.add_argument
    add("--bursts", type=int, default=20, help="number of bursts (20)")
    add("--stories", type=int, default=STORIES, help="stories of the catalog (330)")
    add("--seed", type=int, default=time.time_ns() % 1_000_000, help="seed of the random numbers")
    add("--within", type=float, default=1.5, help="time limit (s) for a burst's last save (1.5)")
    add("--isolation", help="passed on to `storytime serve`")
    add("--record", action="store_true", help="write the report into benchmarks/RESULTS.md")
    given = parser.parse_args(arguments)
    print(f"seed {given.seed}", file=sys.stderr)
    options = ["--isolation", given.isolation] if given.isolation else []
    with tempfile.TemporaryDirectory(prefix="storytime-bursts-") as folder:
        seconds, violations = run(Path(folder), given, options)
    text = "\n".join(report(seconds, violations, ["python -m benchmarks.bursts", *arguments]))
    print(text)
    if given.record:
        record(" ".join(["Bursts, Python", python_name(), *options]), text)
    return 1 if violations else 0


def run(
    folder: Path, given: argparse.Namespace, options: Sequence[str]
) -> tuple[list[float], list[str]]:
    """Return the seconds until the last save of each burst was served, and the violations."""
    random = Random(given.seed)
    project = generate(folder / "project", given.stories)
    helper = project.edit("helper")
    subjects = given.stories // STORIES_PER_SUBJECT
    shown = [f"{subject_path(number)}/look-0/frame.html" for number in (0, subjects - 1)]
    output = folder / "served"
    seconds: list[float] = []
    violations: list[str] = []
    saves, saved = 0, 0.0
    with serving(project.base, output, "--subinterpreters", *options) as server:
        server.until_built()
        with looking(server, output) as looker:
            for _ in range(given.bursts):
                for _ in range(random.randint(*SAVES)):
                    saves += 1
                    save_in_place(helper, saves)
                    saved = time.monotonic()
                    time.sleep(random.uniform(0, GAP))
                seconds.append(served_after(server, shown, helper.text(saves), saved))
                if seconds[-1] > given.within:
                    violations.append(f"the save {saves} was served after {seconds[-1]:.2f} s")
            violations += looker.ended()
        violations += [
            line
            for line in server.lines
            if re.search("WARNING|ERROR|Traceback", line) and MEMORY_NOTICE not in line
        ]
    return seconds, violations


def served_after(server: Server, pages: Sequence[str], text: str, start: float) -> float:
    """Return the seconds from `start` until all pages show the text."""
    for page in pages:
        while text.encode() not in server.get(page)[1]:
            if time.monotonic() - start > LONG:
                return float("inf")
            time.sleep(LOOK)
    return time.monotonic() - start


class looking:
    """Has a process look at all pages of the catalog while the block runs."""

    def __init__(self, server: Server, output: Path) -> None:
        manifest = json.loads((output / ".storytime" / "manifest.json").read_text())
        self._connection, theirs = multiprocessing.Pipe()
        arguments = server.port, output, list(manifest["pages"]), theirs
        self._process = multiprocessing.get_context("spawn").Process(target=look, args=arguments)

    def __enter__(self) -> looking:
        self._process.start()
        return self

    def ended(self) -> list[str]:
        """End the looking; return which pages were missing."""
        self._connection.send("end")
        found: list[str] = self._connection.recv()
        return found

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.join()


def look(port: int, output: Path, pages: Sequence[str], connection: Connection) -> None:
    """Look at a page every few milliseconds, until told to end; then send what was missing."""
    missing: dict[str, None] = {}
    client = http.client.HTTPConnection("127.0.0.1", port)
    looks = 0
    while not connection.poll():
        page = pages[looks % len(pages)]
        looks += 1
        if not (output / page).is_file():
            missing[f"{page} was missing in the folder"] = None
        client.request("GET", "/" + page)
        response = client.getresponse()
        response.read()
        if response.status != 200:
            missing[f"{page} was answered with {response.status}"] = None
        time.sleep(LOOK)
    connection.send(list(missing))


def report(
    seconds: Sequence[float], violations: Sequence[str], command: list[str]
) -> Iterator[str]:
    """Yield the report, as Markdown."""
    yield f"`{' '.join(command)}`, Python {sys.version.split()[0]}, {machine()}.\n"
    yield "No violations.\n" if not violations else "**Violations:**\n"
    yield from (f"- {each}" for each in violations)
    heading = ["seconds until a burst's last save was served", "median", "maximum"]
    row = f"{len(seconds)} bursts", f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}"
    yield markdown(heading, [row])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
