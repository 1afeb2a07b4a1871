"""The guard around every job: whatever happens in it, an ASCII str comes out."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from storytime.errors import BuildFailed, StorytimeError
from storytime.ring import worker
from storytime.ring.errors import JobRaised
from storytime.ring.wire import UNSPEAKABLE, Setup, encode, read_answer

from .. import ring_jobs

SETUP = Setup(error_types=("storytime.errors:StorytimeError",))


def answer(target: str, arguments: str = "[]") -> str:
    return worker.answer(encode(asdict(SETUP)), target, arguments)


def call(function: Any, *arguments: Any) -> Any:
    text = answer(f"{ring_jobs.__name__}:{function.__name__}", encode(arguments))
    assert type(text) is str
    assert text.isascii()
    result, _, error = read_answer(text, SETUP)
    if error:
        raise error
    return result


def error_of(function: Any, *arguments: Any) -> Any:
    with pytest.raises(Exception) as raised:  # noqa: PT011 (whatever it is, it is looked at)
        call(function, *arguments)
    return raised.value


@pytest.mark.parametrize(
    "value",
    [None, 0, 1.5, "ü", "\ud800", [1, [2]], {"a": {"b": None}}, Path("/a/ü"), [Path("b")]],
)
def test_plain_data_comes_back_as_it_was_given(value: Any) -> None:
    assert call(ring_jobs.echo, value) == value


def test_paths_arrive_as_paths() -> None:
    assert call(ring_jobs.kind, Path("/a")) == type(Path()).__name__


@pytest.mark.parametrize("function", ring_jobs.ENDINGS, ids=lambda function: function.__name__)
def test_whatever_a_job_ends_with_is_described(function: Any) -> None:
    error = error_of(function)
    assert type(error) is JobRaised
    assert ring_jobs.ENDINGS[function] in error.message
    assert "\n" not in error.message


def test_a_traceback_begins_with_the_first_frame_that_is_not_ours() -> None:
    error = error_of(ring_jobs.raise_value_error)
    assert isinstance(error, JobRaised)
    first, frame, *_ = error.traceback.splitlines()
    assert first == "Traceback (most recent call last):"
    assert frame.startswith(f'  File "{ring_jobs.__file__}", line ')


def test_an_exception_that_can_not_even_be_described_is_still_an_answer() -> None:
    assert isinstance(error_of(ring_jobs.raise_hostile), JobRaised)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("tests.no_such_module:f", "ModuleNotFoundError: No module named 'tests.no_such_module'"),
        (f"{ring_jobs.__name__}:no_such", "has no attribute 'no_such'"),
    ],
)
def test_a_function_that_is_not_there_is_named(target: str, message: str) -> None:
    _, _, error = read_answer(answer(target), SETUP)
    assert message in str(error)


def test_a_users_mistake_arrives_with_its_exit_code() -> None:
    error = error_of(ring_jobs.raise_storytime_error)
    assert type(error) is StorytimeError
    assert (error.message, error.exit_code) == ("no such package", 2)


def test_a_failed_build_arrives_with_its_failures() -> None:
    error = error_of(ring_jobs.raise_build_failed)
    assert isinstance(error, BuildFailed)
    assert error.written
    assert error.sources == ("/kit/button.py",)
    assert [failure.path for failure in error.failures] == ["forms/button", ""]
    assert error.failures[0].line == 3
    assert error.failures[0].message == "ValueError: ü"


def test_the_answer_where_nothing_can_be_said_is_one_too() -> None:
    assert isinstance(read_answer(UNSPEAKABLE, SETUP)[2], JobRaised)


def test_what_is_no_plain_data_is_refused_before_it_is_sent() -> None:
    with pytest.raises(TypeError, match="expected plain data"):
        encode([object()])
