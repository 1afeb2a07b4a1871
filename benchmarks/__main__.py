"""Measure Storytime on this Python.

All ways to rebuild a catalog take turns in one run. A figure is the median, with the minimum and
the maximum. Absolute figures depend on the machine; claims are mostly ratios within the run.
"""

import argparse
import shlex
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from .report import record, to_json, to_markdown
from .run import FULL, QUICK, python_name, run

JSON = Path("build", f"bench-{python_name()}.json")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="measure 30 stories once, as a smoke test")
    add("--without-pixels", action="store_true", help="don't start Chromium")
    add("--json", type=Path, default=JSON, help=f"file for all measurements ({JSON})")
    add("--record", action="store_true", help="write the tables into benchmarks/RESULTS.md")
    given = parser.parse_args(arguments)
    plan = replace(QUICK if given.quick else FULL, pixels=not given.without_pixels)
    command = shlex.join(["python", "-m", "benchmarks", *arguments])
    with tempfile.TemporaryDirectory(prefix="storytime-bench-") as folder:
        results = run(plan, command, Path(folder), lambda text: print(text, file=sys.stderr))
    text = to_markdown(results)
    print(text)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(to_json(results))
    if given.record:
        record(f"Speed, Python {python_name()}", text)


if __name__ == "__main__":
    main(sys.argv[1:])
