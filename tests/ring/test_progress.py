"""Trail: what a job leaves, as it is read while the job goes on."""

import resource
from collections.abc import Iterator

import pytest

from storytime.ring.progress import ROOM, Trail, read_trace
from storytime.ring.subinterpreter import new_trail


@pytest.fixture
def file() -> Iterator[int]:
    with new_trail() as opened:
        yield opened.fileno()


def test_where_a_job_is_is_the_last_that_it_said(file: int) -> None:
    trail = Trail(file)
    assert read_trace(file, ROOM).at == ""
    for path in ("forms/button/primary", "forms", 'a "quoted" b\\c, d\n', ""):
        trail.at(path)
        trail.tell("uses", f"/project/{path}")
        assert read_trace(file, ROOM).at == path
    assert read_trace(file, ROOM).uses[:2] == ["/project/forms/button/primary", "/project/forms"]


@pytest.mark.parametrize("extra", [-20, -9, -8, -7, 0, 1, ROOM])
def test_a_path_of_any_length_is_told(file: int, extra: int) -> None:
    trail, path = Trail(file), "x" * (ROOM - 2 + extra)
    for said in ("short", path, "short again"):
        trail.at(said)
        trail.tell("uses", "/project/kit.py")
        assert read_trace(file, ROOM).at == said
    assert read_trace(file, ROOM).uses == ["/project/kit.py"] * 3


def test_a_stack_is_read_beside_it(file: int) -> None:
    trail = Trail(file)
    trail.at("forms")
    trail.tell("stack", {"line": 3, "traceback": "…"})
    stopped = read_trace(file, ROOM).stopped("it took too long")
    assert (stopped.failure.path, stopped.failure.line) == ("forms", 3)


def test_where_no_file_may_be_as_long_as_the_room_a_trail_does_without() -> None:
    _, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM // 2, hard))
    try:
        with new_trail() as file:
            trail = Trail(file.fileno())
            for path in ("forms", "forms/button"):
                trail.at(path)
                trail.tell("uses", "/project/kit.py")
            trace = read_trace(file.fileno(), 0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (trace.at, len(trace.uses)) == ("forms/button", 2)
