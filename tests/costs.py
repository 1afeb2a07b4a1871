"""A plugin that prints what tests cost: `pytest -p tests.costs`.

It prints the CPU seconds of each file and of the tests that take most, processes included that they
started and waited for.
"""

import os
from collections import Counter
from collections.abc import Generator

import pytest

SHOWN = 40
COST = "CPU seconds"

_before = pytest.StashKey[float]()


def spent() -> float:
    return sum(os.times()[:4])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    item.stash[_before] = spent()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "teardown":
        report.user_properties.append((COST, spent() - item.stash[_before]))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    files, tests = Counter[str](), Counter[str]()
    for report in (each for reports in terminalreporter.stats.values() for each in reports):
        for cost in (
            value for name, value in getattr(report, "user_properties", ()) if name == COST
        ):
            files[report.nodeid.partition("::")[0]] += cost
            tests[report.nodeid.partition("[")[0]] += cost
    terminalreporter.section(f"{COST}: {files.total():.0f}")
    for name, cost in [*files.most_common(SHOWN), ("", 0.0), *tests.most_common(SHOWN)]:
        terminalreporter.line(f"{cost:7.1f}  {name}" if name else "")
