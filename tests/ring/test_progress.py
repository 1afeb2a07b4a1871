"""Progress: what a job reports is read while the job runs."""

import resource
from collections.abc import Iterator
from typing import IO

import pytest

from storytime.ring.progress import ROOM, ProgressReader, ProgressWriter, line
from storytime.ring.subinterpreter import new_progress_file


@pytest.fixture
def file() -> Iterator[IO[bytes]]:
    with new_progress_file() as opened:
        yield opened


def test_the_latest_report_replaces_earlier_ones(file: IO[bytes]) -> None:
    writer = ProgressWriter(file.fileno())
    assert ProgressReader(file, ROOM).read().latest is None
    for path in ("forms/button/primary", "forms", 'a "quoted" b\\c, d\n', ""):
        writer.write_latest("at", path)
        writer.write("uses", f"/project/{path}")
        assert ProgressReader(file, ROOM).read().latest == ("at", path)
    reports = [("uses", "/project/forms/button/primary"), ("uses", "/project/forms")]
    assert ProgressReader(file, ROOM).read().reports[:2] == reports


def test_one_reader_returns_all_that_was_written_between_its_reads(file: IO[bytes]) -> None:
    writer, reader = ProgressWriter(file.fileno()), ProgressReader(file, ROOM)
    written: list[tuple[str, str]] = []
    for path in ("forms", "x" * ROOM, "forms/button"):
        assert reader.read().reports == written
        writer.write("uses", path)
        writer.write_latest("at", path)
        written.append(("uses", path))
        assert reader.read().latest == ("at", path)
    assert reader.read().reports == written


def test_a_line_that_is_half_written_is_read_when_it_is_whole(file: IO[bytes]) -> None:
    reader, text = ProgressReader(file, ROOM), line("uses", "/project/kit.py")
    for part in (text[:5], text[5:]):
        assert reader.read().reports == []
        file.write(part)
    assert reader.read().reports == [("uses", "/project/kit.py")]


@pytest.mark.parametrize("extra", [-20, -9, -8, -7, 0, 1, ROOM])
def test_a_latest_report_may_have_any_length(file: IO[bytes], extra: int) -> None:
    writer, path = ProgressWriter(file.fileno()), "x" * (ROOM - 2 + extra)
    for said in ("short", path, "short again"):
        writer.write_latest("at", said)
        writer.write("uses", "/project/kit.py")
        assert ProgressReader(file, ROOM).read().latest == ("at", said)
    assert ProgressReader(file, ROOM).read().reports == [("uses", "/project/kit.py")] * 3


def test_a_stack_is_read_beside_the_latest_report(file: IO[bytes]) -> None:
    writer = ProgressWriter(file.fileno())
    writer.write_latest("at", "forms")
    writer.write(".stack", {"line": 3, "traceback": "…"})
    stopped = ProgressReader(file, ROOM).read().stopped("it took too long")
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
            progress = ProgressReader(file, 0).read()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (progress.latest, len(progress.reports)) == (("at", "forms/button"), 2)
