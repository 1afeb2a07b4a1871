"""Soak test: edits a served catalog for some minutes at random, with hostile stories in between.

Whenever the server has settled, compares what it serves with what a new process builds. At the end
sends SIGINT. The exit code is 1, and the violations are listed, if a page was wrong, the good save
after a hostile one was served late, the server's resources grew, or it ended slowly.
"""

from __future__ import annotations

import argparse
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from random import Random

from .catalogs import generate
from .hazards import HAZARDS, chosen
from .hostile_listener import LEFT_RUNNING, HostileListener, listening
from .measure import markdown, number
from .processes import process_name, tree
from .report import record
from .run import machine, python_name
from .servers import Server, serving
from .stress import Results, Sample, ServerGone, StressTest, add_hostile_subject, survivors

HOSTILE, BURSTS = 0.5, 0.1
"""The shares of rounds that save a hostile story, and that save the helper in a burst."""

LOG = Path("build", f"soak-{python_name()}.log")
"""The file for the server's log."""
MORE = {"descriptors": 6, "threads": 8, "interpreters": 2, "processes": 2}
"""How much each quantity may differ over time: up to two slots may have been given up, which keep
their pipes and threads."""
STEADY = 1.15
"""The factor by which memory may differ without counting as growth."""
INTERPRETER = 15.0
"""Megabytes that an interpreter keeps when it is given up."""
LEAK_ON_3_13 = 256 + 128
"""Megabytes by which memory may grow on 3.13, which leaks memory per subinterpreter."""


def main(arguments: list[str]) -> int:
    given = parsed(arguments)
    options = ["--isolation", given.isolation] if given.isolation else []
    with tempfile.TemporaryDirectory(
        prefix="storytime-soak-", ignore_cleanup_errors=True
    ) as folder:
        results, log = run(Path(folder), given, options)
    results.violations += growth(results.samples)
    command = shlex.join(["python", "-m", "benchmarks.soak", *arguments])
    text = "\n".join(report(results, log, command))
    print(text)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text("\n".join(log))
    if given.record:
        slowed = [f"writes slowed {given.slowed:g} times"] if given.slowed != 1 else []
        record(" ".join(["Soak, Python", python_name(), *options, *slowed]), text)
    return 1 if results.violations else 0


def run(
    folder: Path, given: argparse.Namespace, options: Sequence[str]
) -> tuple[Results, Sequence[str]]:
    """Run the test; return its results and the server's log."""
    killing = given.isolation == "process"
    names = chosen(killing=killing, without=given.without, only=given.only)
    random = Random(given.seed)
    project = generate(folder / "project", given.stories)
    add_hostile_subject(project)
    served = folder / "served"
    with (
        serving(project.base, served, "--subinterpreters", *options, slowed=given.slowed) as server,
        server.browser() as browser,
        listening() as listener,
    ):
        test = StressTest(project, server, browser, random, given.within)
        edit_and_attack(test, listener, names, random, given)
        end(test.results, server, given.ctrl_c)
        return test.results, server.lines


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    add = parser.add_argument
    add("--minutes", type=float, default=10, help="duration (10)")
    add("--rounds", type=int, default=10**9, help="bursts of edits and hostile saves, at most")
    add("--stories", type=int, default=60, help="stories of the catalog (60)")
    add("--seed", type=int, default=time.time_ns() % 1_000_000, help="seed of the random numbers")
    add("--within", type=float, default=2.0, help="time limit (s) for a good save's bytes (2)")
    add("--ctrl-c", type=float, default=1.0, help="time limit (s) for the end after Ctrl-C (1)")
    add("--slowed", type=float, default=1, help="factor by which the server's writes are slowed")
    add("--isolation", help="passed on to `storytime serve`; `process` adds hazards that kill it")
    add("--without", action="append", default=[], help="a hazard to leave out", metavar="HAZARD")
    add("--only", action="append", default=[], help="the only hazard to use", metavar="HAZARD")
    add("--hazards", action="store_true", help="list the hazards and exit")
    add("--record", action="store_true", help="write the report into benchmarks/RESULTS.md")
    given = parser.parse_args(arguments)
    if given.hazards:
        print("\n".join(HAZARDS))
        parser.exit()
    print(f"seed {given.seed}", file=sys.stderr)
    return given


def edit_and_attack(
    test: StressTest,
    listener: HostileListener,
    names: Sequence[str],
    random: Random,
    given: argparse.Namespace,
) -> None:
    """Edit and save hostile stories until the time is up; use all hazards before any repeats."""
    until = time.monotonic() + 60 * given.minutes
    waiting: list[str] = []
    try:
        test.expect_clean("at the start")
        for _ in range(given.rounds):
            if time.monotonic() > until:
                break
            share = random.random()
            if names and share < HOSTILE:
                waiting = waiting or random.sample(names, len(names))
                test.save_hostile_story(waiting.pop(), listener)
            elif share > 1 - BURSTS:
                test.save_burst()
            else:
                test.edit()
    except ServerGone as error:
        test.results.violations.append(str(error))


def end(results: Results, server: Server, within: float) -> None:
    """Send SIGINT; the server and its processes must end within the seconds."""
    if (code := server.process.poll()) is not None:
        results.violations.append(f"the server ended by itself with exit code {code}")
        return
    started = tree(server.pid)[1:]
    try:
        seconds, code = server.end()
    except subprocess.TimeoutExpired:
        results.violations.append("Ctrl-C: the server did not end")
        return
    if seconds > within:
        results.violations.append(f"Ctrl-C: the server ended after {seconds:.2f} s")
    if code != 0:
        results.violations.append(f"Ctrl-C: the server ended with exit code {code}")
    left = survivors([pid for pid in started if process_name(pid) != LEFT_RUNNING], within)
    results.violations += [f"process {pid} outlived the server" for pid in left]
    results.slowest["Ctrl-C"] = seconds


def growth(samples: Sequence[Sample]) -> list[str]:
    """Return what grew from the second quarter of the samples to the last."""
    if len(samples) < 8:
        return []
    quarter = len(samples) // 4
    before, after = samples[quarter : 2 * quarter], samples[-quarter:]

    def medians(name: str) -> tuple[float, float]:
        values = attrgetter(name)
        return statistics.median(map(values, before)), statistics.median(map(values, after))

    found = []
    for name, more in MORE.items():
        old, new = medians(name)
        if new > old + more:
            found.append(f"{name} grew from {number(old)} to {number(new)}")
    old, new = medians("memory")
    if sys.version_info < (3, 14):
        limit, new = samples[0].memory + LEAK_ON_3_13, max(at.memory for at in samples)
    else:
        given_up = max(0.0, medians("interpreters")[1] - medians("interpreters")[0])
        limit = STEADY * old + INTERPRETER * given_up
    if new > limit:
        found.append(f"memory grew from {number(old)} to {number(new)} MB")
    return found


def report(results: Results, log: Sequence[str], command: str) -> Iterator[str]:
    """Yield the report, as Markdown."""
    builds = sum(" built " in line for line in log)
    yield f"`{command}`, Python {sys.version.split()[0]}, {machine()}.\n"
    yield (
        f"{builds} builds, {results.edits.total()} edits, {results.hazards.total()} hostile saves;"
        f" the output was compared with a clean build {results.checks} times.\n"
    )
    verdict = "No violations." if not results.violations else "**Violations:**\n"
    yield verdict + "".join(f"\n- {each}" for each in results.violations) + "\n"
    if results.samples:
        heading = ["the server (memory in MB)", "start", "middle", "end", "maximum"]
        yield markdown(heading, quantities(results.samples))
    yield f"Edits: {listed(results.edits)}.\n"
    yield f"Failures reported to browsers: {listed(results.failures)}.\n"
    yield f"Warnings in the log: {listed(warnings(log))}.\n"
    yield markdown(
        ["hostile save", "times", "seconds until the next good save was served, at most"],
        [
            (name, results.hazards[name] or "", f"{seconds:.2f}")
            for name, seconds in sorted(results.slowest.items(), key=lambda item: -item[1])
        ],
    )


def quantities(samples: Sequence[Sample]) -> Iterator[Sequence[str]]:
    """Yield rows: a quantity at the start, in the middle and at the end, and its maximum."""
    moments = (samples[0], samples[len(samples) // 2], samples[-1])
    for name in ("seconds", "memory", *MORE):
        values = [getattr(at, name) for at in samples]
        if any(values) or name != "interpreters":  # 3.13 sets no thread names
            row = [*(getattr(at, name) for at in moments), max(values)]
            yield name, *map(number, row)


def warnings(log: Sequence[str]) -> Counter[str]:
    """Count the warnings in a log; numbers in them don't matter."""
    found = (line.partition(" WARNING ")[2] for line in log)
    return Counter(re.sub(r"\d+", "N", text) for text in found if text)


def listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in counts.most_common()) or "none"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
