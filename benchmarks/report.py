"""Writes results as Markdown, as JSON, and as a section of RESULTS.md."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from .claims import claims
from .endtoend import MARKS
from .measure import markdown
from .run import FILES, Results

RESULTS = Path(__file__).with_name("RESULTS.md")


def to_json(results: Results) -> str:
    """Return all measured values and the claims as JSON."""
    found = [asdict(claim) | {"verdict": claim.verdict} for claim in claims(results)]
    return json.dumps({**asdict(results), "claims": found}, indent=1) + "\n"


def to_markdown(results: Results) -> str:
    """Return the tables. Each figure is a median, with the minimum and the maximum."""
    return "\n".join(_parts(results))


def _parts(results: Results) -> Iterator[str]:
    before, after = results.load[0], results.load[-1]
    yield (
        f"`{results.command}`, Python {results.python}, {results.machine};"
        f" {results.began}, load {before:.1f} before and {after:.1f} after.\n"
    )
    for note in results.notes:
        yield note + "\n"
    yield "Claims:\n"
    yield markdown(
        ["claim", "bound", "measured", ""],
        (claim.row for claim in claims(results)),
    )
    yield (
        "Rebuilding after an edit of a story: from the call to its return with a warm standby (ms),"
        " and the CPU time until everything is ready for the next build (ms):\n"
    )
    yield _strategies(results)
    yield "Time from a save (ms):\n"
    yield _saves(results)
    yield "Other costs:\n"
    yield markdown(["what", "value"], _rest(results))


def _strategies(results: Results) -> str:
    sizes = list(results.strategies)
    names = list(next(iter(results.strategies.values()), {}))
    heading = ["way", *(f"{n:,} stories" for n in sizes), *(f"CPU, {n:,} stories" for n in sizes)]
    rows = []
    for name in names:
        ways = [results.strategies[stories][name] for stories in sizes]
        rows.append([name, *(way.critical for way in ways), *(way.processor for way in ways)])
    return markdown(heading, rows)


def _saves(results: Results) -> str:
    heading = ["edit", "stories", "message", "new bytes", "new pixels", "build (by the log)"]
    rows = []
    for mark in MARKS:
        for stories, times in results.saves.items():
            of = times[mark]
            rows.append([mark, f"{stories:,}", of.message, of.served, of.pixels, of.build])
    return markdown(heading, rows)


def _rest(results: Results) -> Iterator[tuple[str, object]]:
    for stories, lag in results.lag.items():
        yield f"worst event loop lag in a build of {stories:,} stories (ms)", lag.building
        yield "the same without a build, for as long (ms)", lag.resting
    for stories, commands in results.commands.items():
        yield f"`storytime build` of {stories:,} stories into a new folder (ms)", commands.build
    for stories, replacing in results.replacing.items():
        files = FILES * stories
        yield f"replacing {files:,} files on this disk, as a helper edit does (ms)", replacing
    for commands in list(results.commands.values())[:1]:
        yield "`storytime --help` (ms)", commands.help
        yield "`python -c ''` (ms)", commands.python
    for name, memory in results.standbys.items():
        yield f"two warm standbys, {name} (MB)", f"{memory:.1f}"
    for option, idle in results.idle.items():
        yield f"idle `serve {option}`: memory (MB)", f"{idle.memory:.1f}"
        yield f"idle `serve {option}`: CPU (% of one core)", f"{idle.processor:.2f}"


def record(name: str, text: str, file: Path = RESULTS) -> None:
    """Write a section into the file; replace an older one with this name."""
    whole = file.read_text() if file.exists() else "# Results\n"
    section = f"## {name}\n\n{text.strip()}\n"
    head, *sections = re.split(r"^(?=## )", whole, flags=re.MULTILINE)
    kept = [each for each in sections if not each.startswith(f"## {name}\n")]
    sections = sorted(each.rstrip() + "\n" for each in [*kept, section])
    file.write_text("\n".join([head.rstrip() + "\n", *sections]))
