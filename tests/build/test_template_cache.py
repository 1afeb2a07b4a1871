"""What jobs had tdom parse, the next interpreters have parsed before their job comes."""

import logging

import pytest

from storytime import InterpreterRing
from storytime.build.template_cache import LONGEST
from storytime.errors import RaisedInInterpreter, StorytimeError
from storytime.ring.isolation import Kind

from .. import ring_jobs

FORM, LIST = "<form title={}></form>", "<ol><li>{}</li></ol>"


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_a_template_that_a_job_had_parsed_is_parsed_ahead_in_all_later_ones(
    isolation: Kind,
) -> None:
    with InterpreterRing(isolation=isolation) as ring:
        first = ring.run(ring_jobs.render_counting, FORM, FORM)
        ring.run(ring_jobs.echo, 0)  # its standby was warm before the first job had ended
        later = [ring.run(ring_jobs.render_counting, FORM, LIST) for _ in range(3)]
    assert (first, later) == (1, [1, 0, 0]) or (first, later) == (1, [1, 1, 0])


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_so_is_one_of_a_job_that_failed(isolation: Kind) -> None:
    with InterpreterRing(isolation=isolation) as ring:
        with pytest.raises(StorytimeError, match="after it was rendered"):
            ring.run(ring_jobs.raise_after_rendering, FORM)
        ring.run(ring_jobs.echo, 0)
        assert ring.run(ring_jobs.render_counting, FORM) == 0


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_one_that_can_not_be_parsed_is_told_of_in_every_job_and_nowhere_else(
    isolation: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), InterpreterRing(isolation=isolation) as ring:
        for _ in range(3):
            with pytest.raises(RaisedInInterpreter) as raised:
                ring.run(ring_jobs.render_broken)
            assert "storytime/templates.py" not in raised.value.traceback
            assert "tdom" in raised.value.traceback
    assert caplog.messages == []


def test_one_that_nobody_can_have_written_is_not() -> None:
    with InterpreterRing() as ring:
        for _ in range(3):
            assert ring.run(ring_jobs.render_counting, f"<p>{'x' * LONGEST}{{}}</p>") == 0
