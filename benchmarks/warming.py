"""Compares how long a standby takes to warm up on two Pythons, which take turns.

    python benchmarks/warming.py PYTHON OTHER_PYTHON [ROUNDS]

Both Pythons need storytime installed. In each round a process of each makes, warms and closes one
interpreter after the other; its first one fills the caches and doesn't count. Prints the
milliseconds (median, minimum, maximum) of both and the ratio of the medians.
"""

import json
import os
import statistics
import subprocess
import sys

INTERPRETERS = 5
"""Interpreters that each process times."""

MEASURE = f"""
import json, os, time
from storytime.ring.interpreter_executor import new_executor, shut_down
from storytime.build.warm_up import warm_up

spent = []
for number in range({INTERPRETERS} + 1):
    start = time.perf_counter()
    executor = new_executor(f"warming-{{number}}")
    executor.submit(warm_up).result()
    spent.append((time.perf_counter() - start) * 1000)
    shut_down(executor, 5)
print(json.dumps(spent[1:]), flush=True)
os._exit(0)  # skip the shutdown, which is not measured
"""


def measured(python: str) -> list[float]:
    """Return the milliseconds to make and warm each interpreter in a new process."""
    # Write bytecode even if the shell forbids it.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [python, "-c", MEASURE], env=environment, capture_output=True, text=True, check=True
    )
    return list(map(float, json.loads(done.stdout)))


def main(first: str, second: str, rounds: str = "5") -> None:
    spent: dict[str, list[float]] = {first: [], second: []}
    for _ in range(int(rounds)):
        for python in spent:
            spent[python] += measured(python)
    for python, times in spent.items():
        middle, least, most = statistics.median(times), min(times), max(times)
        print(f"{middle:6.1f} ms  ({least:.1f} to {most:.1f}, {len(times)} times)  {python}")
    ratio = statistics.median(spent[first]) / statistics.median(spent[second])
    print(f"ratio of the medians: {ratio:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
