"""Processes: what they are started with, and what the system says of them (Linux only)."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

import storytime

ROOTS = (Path(__file__).parents[1], Path(storytime.__file__).parents[1])
"""The folders from which `benchmarks` and the Storytime that is measured are imported."""

QUIET = 0.15
"""Seconds without work after which a process has settled."""
AT_REST = 0.03
"""The part of one core that a process may use and count as one that does nothing."""
LOOK = 0.02
"""Seconds between two looks at a process that is waited for."""
TICKS = os.sysconf("SC_CLK_TCK")


def environment(**changes: str) -> dict[str, str]:
    """This process's, in which `benchmarks` and the Storytime that is measured can be imported from
    any folder, and in which bytecode is written, whatever the shell says."""
    here = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**here, "PYTHONPATH": os.pathsep.join(map(str, ROOTS)), **changes}


def tree(pid: int) -> list[int]:
    """The process and all that it started, and those, that live."""
    found = [pid]
    for parent in found:
        for task in _tasks(parent):
            found += map(int, _read(task / "children").split())
    return found


def processor_seconds(pid: int) -> float:
    """What the process, those that it started, and those of them that have ended used so far.

    Exact for those that live; in steps of the system's tick (10 ms) for those that have ended.
    """
    return sum(_own_seconds(each) + _seconds_of_ended_children(each) for each in tree(pid))


def settle(
    pids: Iterable[int], quiet: float = QUIET, at_rest: float = AT_REST, limit: float = 120.0
) -> None:
    """Returns when the processes have done next to nothing for `quiet` seconds: have used no more
    than the `at_rest` part of one core.

    That is how a warm standby is told from one that warms up: nobody outside the ring is told, and
    whoever asked it for a job to find out would use the standby up.
    """
    pids = list(pids)
    until = time.monotonic() + limit
    since, used = time.monotonic(), sum(map(processor_seconds, pids))
    while time.monotonic() - since < quiet:
        time.sleep(LOOK)
        now, more = time.monotonic(), sum(map(processor_seconds, pids))
        if more - used > at_rest * (now - since) + 0.001:
            since, used = now, more
        if now > until:
            raise TimeoutError(f"processes {pids} were still working after {limit:.0f} s")


def resident_megabytes(pid: int) -> float:
    """The resident memory of the process and those that it started."""
    return sum(map(own_megabytes, tree(pid)))


def own_megabytes(pid: int) -> float:
    """The resident memory of the process alone."""
    fields = _read(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if fields else 0.0


def file_descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def process_name(pid: int) -> str:
    """The name of its program, cut off after 15 characters; "" where it has ended."""
    return _read(Path(f"/proc/{pid}/comm")).rstrip("\n")


def named_threads(pid: int) -> list[str]:
    """The names of the process's threads, cut off after 15 characters; Python tells the system of
    them from 3.14 on."""
    return [_read(task / "comm").rstrip("\n") for task in _tasks(pid)]


def _own_seconds(pid: int) -> float:
    # The clock of another process: clock_getcpuclockid(3) makes its number in this way.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0  # it has ended; its parent has its time


def _seconds_of_ended_children(pid: int) -> float:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICKS if fields else 0.0


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError:
        return []


def _read(file: Path) -> str:
    """What stands in it; nothing where its process has ended."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
