"""The environment of child processes, and their CPU time, memory and threads from /proc (Linux)."""

import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

import storytime

ROOTS = (Path(__file__).parents[1], Path(storytime.__file__).parents[1])
"""The folders from which `benchmarks` and the measured Storytime are imported."""

QUIET = 0.15
"""Seconds without work after which a process counts as settled."""
IDLE = 0.03
"""The share of one core that an idle process may use."""
INTERVAL = 0.02
"""Seconds between two polls of a process."""
PSS = re.compile(r"^Pss: +(\d+) kB$", re.MULTILINE)
TICKS = os.sysconf("SC_CLK_TCK")


def environment(**changes: str) -> dict[str, str]:
    """Return this process's environment with the changes.

    `benchmarks` and the measured Storytime can be imported from any folder, and bytecode is written
    even if the shell forbids it.
    """
    here = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**here, "PYTHONPATH": os.pathsep.join(map(str, ROOTS)), **changes}


def slow_disk(factor: float) -> dict[str, str]:
    """Return the environment of a process whose writes take `factor` times as long."""
    path = os.pathsep.join(map(str, (Path(__file__).parent / "slow_disk", *ROOTS)))
    return environment(PYTHONPATH=path, SLOWED_WRITES=str(factor))


def tree(pid: int) -> list[int]:
    """Return the process and its living descendants."""
    found = [pid]
    for parent in found:
        for task in _tasks(parent):
            found += map(int, _read(task / "children").split())
    return found


def processor_seconds(pid: int) -> float:
    """Return the CPU seconds of the process and its descendants, including those that have ended.

    It is exact for living processes and in steps of the system's tick (10 ms) for ended ones.
    """
    return sum(_own_seconds(each) + _seconds_of_ended_children(each) for each in tree(pid))


def settle(
    pids: Iterable[int], quiet: float = QUIET, idle: float = IDLE, limit: float = 120.0
) -> None:
    """Wait until the processes have used at most the share `idle` of one core for `quiet` seconds.

    Raise TimeoutError after `limit` seconds. This is how the benchmarks wait for a warm standby:
    a server doesn't tell, and to have a job run in it would use the standby up.
    """
    pids = list(pids)
    until = time.monotonic() + limit
    since, used = time.monotonic(), sum(map(processor_seconds, pids))
    while time.monotonic() - since < quiet:
        time.sleep(INTERVAL)
        now, more = time.monotonic(), sum(map(processor_seconds, pids))
        if more - used > idle * (now - since) + 0.001:
            since, used = now, more
        if now > until:
            raise TimeoutError(f"processes {pids} were still working after {limit:.0f} s")


def resident_megabytes(pid: int) -> float:
    """Return the resident memory of the process and its descendants."""
    return sum(map(own_megabytes, tree(pid)))


def own_megabytes(pid: int) -> float:
    """Return the resident memory of the process without its descendants."""
    fields = _read(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if fields else 0.0


def proportional_megabytes(pid: int) -> float:
    """Return the memory of the process and its descendants; of shared pages, their share (PSS)."""
    rollups = (_read(Path(f"/proc/{each}/smaps_rollup")) for each in tree(pid))
    return sum(float(size) for text in rollups for size in PSS.findall(text)) * 1024 / 1e6


def file_descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def process_name(pid: int) -> str:
    """Return the program's name, cut off after 15 characters; "" if the process has ended."""
    return _read(Path(f"/proc/{pid}/comm")).rstrip("\n")


def named_threads(pid: int) -> list[str]:
    """Return the names of the process's threads, cut off after 15 characters.

    Python sets them from 3.14 on.
    """
    return [_read(task / "comm").rstrip("\n") for task in _tasks(pid)]


def _own_seconds(pid: int) -> float:
    # The id of the process's CPU clock, as clock_getcpuclockid(3) computes it.
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0  # it has ended; its parent's times include it


def _seconds_of_ended_children(pid: int) -> float:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICKS if fields else 0.0


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except FileNotFoundError:
        return []


def _read(file: Path) -> str:
    """Return the file's text, "" if its process has ended."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
