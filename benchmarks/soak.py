"""Lays siege to a server: some minutes of random edits, with hostile stories mixed in.

Each time that the server has settled, what it serves is compared with what a new process builds. At
the end it is told to end. Exit code 1, with the names of what was violated, where a page was wrong,
the good save after a hostile one late, something grew, or the end slow.
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
from .deeds import LEFT_RUNNING, Deeds, deeds
from .hazards import HAZARDS, chosen
from .measure import markdown, number
from .processes import process_name, tree
from .report import record as put_on_record
from .run import machine, python_name
from .servers import Server, serving
from .siege import Fallen, Record, Sample, Siege, add_hostile_subject, outlived

STORIES = 60
HOSTILE = 0.5
"""The part of the rounds that are assaults."""

LOG = Path("build", f"soak-{python_name()}.log")
"""Where the server's log is kept, for who wants to know why."""
MORE = {"descriptors": 6, "threads": 8, "interpreters": 2, "processes": 2}
"""By how much a server may have more of each at one time of a siege than at another: up to two
slots may be given up, and live on with their pipes and threads."""
FLAT = 1.15
"""The factor by which memory that is flat may differ."""
INTERPRETER = 15.0
"""Megabytes that an interpreter which was given up keeps."""
LEFT_ON_3_13 = 256 + 128
"""Megabytes: what closed interpreters may leave behind there, and what is not theirs."""


def main(arguments: list[str]) -> int:
    given = parsed(arguments)
    options = ["--isolation", given.isolation] if given.isolation else []
    with tempfile.TemporaryDirectory(
        prefix="storytime-soak-", ignore_cleanup_errors=True
    ) as folder:
        record, log = besiege(Path(folder), given, options)
    record.violations += growth(record.samples)
    command = shlex.join(["python", "-m", "benchmarks.soak", *arguments])
    text = "\n".join(told(record, log, command))
    print(text)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text("\n".join(log))
    if given.record:
        put_on_record(" ".join(["Soak, Python", python_name(), *options]), text)
    return 1 if record.violations else 0


def besiege(
    folder: Path, given: argparse.Namespace, options: Sequence[str]
) -> tuple[Record, Sequence[str]]:
    """What came of it, and the server's log."""
    killing = given.isolation == "process"
    names = chosen(killing=killing, without=given.without, only=given.only)
    random = Random(given.seed)
    project = generate(folder / "project", STORIES)
    add_hostile_subject(project)
    with (
        serving(project.base, folder / "served", "--subinterpreters", *options) as server,
        server.browser() as browser,
        deeds() as heard,
    ):
        siege = Siege(project, server, browser, random, given.within)
        attack(siege, heard, names, random, given)
        end(siege.record, server, given.ctrl_c)
        return siege.record, server.lines


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    add = parser.add_argument
    add("--minutes", type=float, default=10, help="how long (10)")
    add("--rounds", type=int, default=10**9, help="how many bursts of edits and assaults, at most")
    add("--seed", type=int, default=time.time_ns() % 1_000_000, help="of what is random")
    add("--within", type=float, default=2.0, help="seconds for the save after a hostile one (2)")
    add("--ctrl-c", type=float, default=1.0, help="seconds for the end after Ctrl-C (1)")
    add("--isolation", help="passed on to `storytime serve`; `process` adds what kills a process")
    add("--without", action="append", default=[], help="a hazard to leave out", metavar="HAZARD")
    add("--only", action="append", default=[], help="a hazard to use alone", metavar="HAZARD")
    add("--hazards", action="store_true", help="list the hazards, and end")
    add("--record", action="store_true", help="put the report into benchmarks/RESULTS.md")
    given = parser.parse_args(arguments)
    if given.hazards:
        print("\n".join(HAZARDS))
        parser.exit()
    print(f"seed {given.seed}", file=sys.stderr)
    return given


def attack(
    siege: Siege, heard: Deeds, names: Sequence[str], random: Random, given: argparse.Namespace
) -> None:
    """Edits and assaults, each hazard once before any comes again, until the time is over."""
    until = time.monotonic() + 60 * given.minutes
    waiting: list[str] = []
    try:
        siege.expect_clean("at the start")
        for _ in range(given.rounds):
            if time.monotonic() > until:
                break
            if names and random.random() < HOSTILE:
                waiting = waiting or random.sample(names, len(names))
                siege.assault(waiting.pop(), heard)
            else:
                siege.edit()
    except Fallen as error:
        siege.record.violations.append(str(error))


def end(record: Record, server: Server, within: float) -> None:
    """Ctrl-C: the server's end within the seconds, and that of all that it started."""
    if (code := server.process.poll()) is not None:
        record.violations.append(f"the server ended by itself, with exit code {code}")
        return
    started = tree(server.pid)[1:]
    try:
        seconds, code = server.end()
    except subprocess.TimeoutExpired:
        record.violations.append("Ctrl-C: the server did not end")
        return
    if seconds > within:
        record.violations.append(f"Ctrl-C: the server ended after {seconds:.2f} s")
    if code != 0:
        record.violations.append(f"Ctrl-C: the server ended with exit code {code}")
    left = outlived([pid for pid in started if process_name(pid) != LEFT_RUNNING], within)
    record.violations += [f"process {pid} outlived the server" for pid in left]
    record.slowest["Ctrl-C"] = seconds


def growth(samples: Sequence[Sample]) -> list[str]:
    """What grew from the second quarter of the time to the last."""
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
        limit, new = samples[0].memory + LEFT_ON_3_13, max(at.memory for at in samples)
    else:
        given_up = max(0.0, medians("interpreters")[1] - medians("interpreters")[0])
        limit = FLAT * old + INTERPRETER * given_up
    if new > limit:
        found.append(f"memory grew from {number(old)} to {number(new)} MB")
    return found


def told(record: Record, log: Sequence[str], command: str) -> Iterator[str]:
    """The report, as Markdown."""
    builds = sum(" built " in line for line in log)
    yield f"`{command}`, Python {sys.version.split()[0]}, {machine()}.\n"
    yield (
        f"{builds} builds, {record.edits.total()} edits, {record.hazards.total()} hostile saves;"
        f" {record.settled} times all that was served was compared with a clean build.\n"
    )
    verdict = "Nothing was violated." if not record.violations else "**Violated:**\n"
    yield verdict + "".join(f"\n- {each}" for each in record.violations) + "\n"
    if record.samples:
        heading = ["the server (memory in MB)", "start", "middle", "end", "most"]
        yield markdown(heading, quantities(record.samples))
    yield f"Edits: {listed(record.edits)}.\n"
    yield f"Failures that browsers were told of: {listed(record.failures)}.\n"
    yield f"Warnings in the server's log: {listed(warnings(log))}.\n"
    yield markdown(
        ["hostile save", "times", "most seconds until the next good save was served"],
        [
            (name, record.hazards[name] or "", f"{seconds:.2f}")
            for name, seconds in sorted(record.slowest.items(), key=lambda item: -item[1])
        ],
    )


def quantities(samples: Sequence[Sample]) -> Iterator[Sequence[str]]:
    """Rows: what the server used at the start, in the middle, at the end, and at most."""
    moments = (samples[0], samples[len(samples) // 2], samples[-1])
    for name in ("seconds", "memory", *MORE):
        values = [getattr(at, name) for at in samples]
        if any(values) or name != "interpreters":  # where the system knows no names of threads
            row = [*(getattr(at, name) for at in moments), max(values)]
            yield name, *map(number, row)


def warnings(log: Sequence[str]) -> Counter[str]:
    """How often each was said, whatever the numbers in it."""
    found = (line.partition(" WARNING ")[2] for line in log)
    return Counter(re.sub(r"\d+", "N", text) for text in found if text)


def listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {times}" for name, times in counts.most_common()) or "none"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
