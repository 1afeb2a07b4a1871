"""Progress: what a job reports is read while the job runs."""

import resource
from collections.abc import Iterator

import pytest

from storytime.ring.progress import ROOM, ProgressWriter, read_progress
from storytime.ring.subinterpreter import new_progress_file


@pytest.fixture
def file() -> Iterator[int]:
    with new_progress_file() as opened:
        yield opened.fileno()


def test_the_latest_report_replaces_earlier_ones(file: int) -> None:
    writer = ProgressWriter(file)
    assert read_progress(file, ROOM).latest is None
    for path in ("forms/button/primary", "forms", 'a "quoted" b\\c, d\n', ""):
        writer.write_latest("at", path)
        writer.write("uses", f"/project/{path}")
        assert read_progress(file, ROOM).latest == ("at", path)
    reports = [("uses", "/project/forms/button/primary"), ("uses", "/project/forms")]
    assert read_progress(file, ROOM).reports[:2] == reports


@pytest.mark.parametrize("extra", [-20, -9, -8, -7, 0, 1, ROOM])
def test_a_latest_report_may_have_any_length(file: int, extra: int) -> None:
    writer, path = ProgressWriter(file), "x" * (ROOM - 2 + extra)
    for said in ("short", path, "short again"):
        writer.write_latest("at", said)
        writer.write("uses", "/project/kit.py")
        assert read_progress(file, ROOM).latest == ("at", said)
    assert read_progress(file, ROOM).reports == [("uses", "/project/kit.py")] * 3


def test_a_stack_is_read_beside_the_latest_report(file: int) -> None:
    writer = ProgressWriter(file)
    writer.write_latest("at", "forms")
    writer.write(".stack", {"line": 3, "traceback": "…"})
    stopped = read_progress(file, ROOM).stopped("it took too long")
    assert (stopped.latest, stopped.stack["line"]) == (("at", "forms"), 3)


def test_progress_works_where_a_file_may_not_have_the_room() -> None:
    _, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM // 2, hard))
    try:
        with new_progress_file() as file:
            writer = ProgressWriter(file.fileno())
            for path in ("forms", "forms/button"):
                writer.write_latest("at", path)
                writer.write("uses", "/project/kit.py")
            progress = read_progress(file.fileno(), 0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (progress.latest, len(progress.reports)) == (("at", "forms/button"), 2)
