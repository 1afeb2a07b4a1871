"""Measures Storytime on this Python.

All ways to rebuild a catalog take turns in one run; a figure is a median, with the least and the
most. Absolute figures are this machine's; ratios within the run are what is claimed.
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
    add("--quick", action="store_true", help="30 stories, once each: does it all work?")
    add("--without-pixels", action="store_true", help="start no Chromium")
    add("--json", type=Path, default=JSON, help=f"the file for all figures ({JSON})")
    add("--record", action="store_true", help="put the tables into benchmarks/RESULTS.md")
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
