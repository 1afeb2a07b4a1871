"""Measure Storytime beside Storybook and Ladle.

The tools take turns in one run, one server at a time, in one Chromium. A figure is the median, with
the minimum and the maximum. Each tool was started once before, with the same catalog.
"""

import argparse
import shlex
import sys
from collections.abc import Iterator

from ..measure import markdown
from ..report import record
from .claims import claims
from .comparison import Comparison, compare
from .tools import PEERS

SIZES = (300, 3000)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    add = parser.add_argument
    add("--stories", type=int, nargs="+", default=SIZES, help="sizes of the catalogs")
    add("--rounds", type=int, default=3, help="starts of each tool with each catalog (3)")
    add("--edits", type=int, default=3, help="edits of each kind after each start (3)")
    add("--idle", type=float, default=3, help="seconds for which idle servers are observed (3)")
    add("--record", action="store_true", help="write the tables into benchmarks/RESULTS.md")
    given = parser.parse_args(arguments)
    results = Comparison(shlex.join(["python", "-m", "benchmarks.peers", *arguments]))
    compare(
        results,
        given.stories,
        given.rounds,
        given.edits,
        given.idle,
        lambda text: print(text, file=sys.stderr),
    )
    text = to_markdown(results)
    print(text)
    if given.record:
        record("Side by side with other workshops", text)


def to_markdown(results: Comparison) -> str:
    """Return the tables. Each figure is a median, with the minimum and the maximum."""
    return "\n".join(_parts(results))


def _parts(results: Comparison) -> Iterator[str]:
    before, after = results.load[0], results.load[-1]
    yield (
        f"`{results.command}`, Python {results.python}, Node {results.node}, {results.machine};"
        f" {results.began}, load {before:.1f} before and {after:.1f} after.\n"
    )
    yield (
        f"Peers: {'; '.join(peer.packages for peer in PEERS)}. One server runs at a time; the tools"
        " take turns. All show the same catalog, and were started with it once before.\n"
    )
    yield markdown(
        ["claim", "bound", "measured", ""],
        (claim.row for claim in claims(results.times)),
    )
    yield (
        "Time to the pixels of the open story (ms), memory after the edits (MB, PSS of all"
        " processes), and CPU while nothing changes (% of one core):\n"
    )
    rows = (
        [name, f"{stories:,}", of.start, of.story, of.helper, of.memory, of.idle]
        for stories, tools in results.times.items()
        for name, of in tools.items()
    )
    heading = ["tool", "stories", "start", "story's edit", "helper's edit", "memory", "idle CPU"]
    yield markdown(heading, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
