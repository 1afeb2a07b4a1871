"""What the tests of the ring share."""

from collections.abc import Iterator

import pytest

from storytime.ring import InterpreterRing

from ..serving_support import ROOT, wait_until_closed


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)


@pytest.fixture(scope="module")
def ring() -> Iterator[InterpreterRing]:
    """One for all tests: none may harm it. It takes what its interpreters leave behind on 3.13."""
    with InterpreterRing(memory_bound=100_000) as ring:
        yield ring
    wait_until_closed()
