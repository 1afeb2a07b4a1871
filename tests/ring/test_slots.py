"""InterpreterSlot: one interpreter, set up like this one, for one job."""

import functools
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from storytime.build.whole import build_site
from storytime.ring import slot as slots
from storytime.ring.daemon_executor import DaemonExecutor
from storytime.ring.errors import JobStopped, RingError
from storytime.ring.parent_state import logging_setup
from storytime.ring.subinterpreter import InterpreterSlot
from storytime.ring.wire import Setup, encode, importable_name

from .. import ring_jobs
from ..serving_support import LONG, ROOT, alive, wait_until, wait_until_closed
from ..support import SMALL, Catalog, gives

SETUP = Setup(loggers=("storytime",), warm_up="storytime.build.warm_up:warm_up")


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Iterator[DaemonExecutor]:
    """A daemon thread, in which slots must be made."""
    monkeypatch.syspath_prepend(ROOT)
    maker = DaemonExecutor("maker")
    yield maker
    assert maker.close(LONG)


@pytest.fixture
def slot(maker: DaemonExecutor) -> Iterator[InterpreterSlot]:
    slot = maker.submit(lambda: InterpreterSlot("slot", SETUP)).result(LONG)
    yield slot
    slot.close(LONG)
    wait_until_closed()


GOES_ON = """
from pathlib import Path
from tests.ring_jobs import note_and_stay

def button():
    return note_and_stay(Path({folder!r}), "begun", "go")
"""


def run(
    slot: InterpreterSlot, function: Callable[..., Any], *arguments: Any, **options: Any
) -> Any:
    return slot.run(importable_name(function), encode(arguments), **options)


def test_a_slot_runs_its_job_in_an_interpreter_of_its_own(slot: InterpreterSlot) -> None:
    slot.wait_until_warm()
    assert {run(slot, ring_jobs.interpreter)} == alive()


def test_closing_ends_the_interpreter_and_may_be_repeated(
    slot: InterpreterSlot,
) -> None:
    slot.wait_until_warm()
    assert slot.close(LONG)
    assert alive() == set()
    assert slot.close(LONG)


def test_a_slot_can_be_closed_while_it_warms_up(maker: DaemonExecutor) -> None:
    slot = maker.submit(lambda: InterpreterSlot("slot", SETUP)).result(LONG)
    assert slot.close(LONG)
    assert alive() == set()


def test_a_job_given_to_a_closed_slot_is_refused_with_a_ring_error(
    slot: InterpreterSlot,
) -> None:
    slot.close(LONG)
    with pytest.raises(RingError, match="slot can't be used: "):
        run(slot, ring_jobs.nothing)


def test_jobs_get_the_callers_sys_path_as_it_is_at_the_call(
    slot: InterpreterSlot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot.wait_until_warm()
    (tmp_path / "late.py").write_text("WORD = 'found'")
    monkeypatch.syspath_prepend(tmp_path)
    sys.path.append(Path("/no/such"))  # type: ignore[arg-type]
    try:
        assert run(slot, ring_jobs.attribute, "late", "WORD") == "found"
        assert run(slot, ring_jobs.path) == [os.fspath(entry) for entry in sys.path]
    finally:
        sys.path.pop()


def test_an_unstoppable_job_is_abandoned_and_its_interpreter_ends_with_it(
    slot: InterpreterSlot, tmp_path: Path
) -> None:
    stopped: Future[str] = Future()
    raised: Future[BaseException] = Future()

    def wait_for_the_job() -> None:
        try:
            run(slot, ring_jobs.note_and_stay, tmp_path, "begun", "go", stopped=stopped)
        except RingError as error:
            raised.set_result(error)

    slot.wait_until_warm()
    thread = threading.Thread(target=wait_for_the_job)
    thread.start()
    wait_until((tmp_path / "begun").exists, "the job began")
    stopped.set_result("no longer needed")
    error = raised.result(LONG)
    assert isinstance(error, JobStopped)
    assert error.why == "no longer needed"
    assert error.stack["file"] == ring_jobs.__file__
    assert "in stay" in error.stack["traceback"]
    thread.join()
    assert not slot.close()
    assert slot.is_alive()
    (tmp_path / "go").touch()
    wait_until_closed()


def test_a_build_that_was_given_up_writes_nothing_when_it_goes_on(
    slot: InterpreterSlot, catalog: Catalog, tmp_path: Path
) -> None:
    story = gives("Subject(target=button, items=[Story()])", GOES_ON.format(folder=str(tmp_path)))
    catalog.write({**SMALL, "forms/button/stories.py": story})
    slot.wait_until_warm()
    with pytest.raises(JobStopped, match="took longer"):
        slot.run(importable_name(build_site), encode(("kit", tmp_path / "site")), timeout=0.5)
    assert (tmp_path / "begun").exists()
    (tmp_path / "go").touch()
    wait_until(lambda: not slot.is_alive(), "the build went on and ended")
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    "leave",
    [ring_jobs.leave_a_looping_thread, ring_jobs.leave_a_pool, ring_jobs.leave_an_exit_handler],
)
def test_threads_and_exit_handlers_left_by_a_job_are_ended(
    slot: InterpreterSlot, leave: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "STOPPING", LONG)
    slot.wait_until_warm()
    run(slot, leave)
    assert slot.close(LONG)
    assert not slot.given_up


@pytest.mark.parametrize("job", [None, ring_jobs.nothing, ring_jobs.leave_an_exit_handler])
def test_slow_exit_handlers_from_before_a_job_are_not_stopped(
    slot: InterpreterSlot, tmp_path: Path, job: Callable[[], None] | None
) -> None:
    slot.prepare(ring_jobs.note_slowly_at_exit, tmp_path, "ended", slots.CLEARING + 0.5)
    slot.wait_until_warm()
    if job:
        run(slot, job)
    assert slot.close(LONG)
    assert (tmp_path / "ended").exists()


def test_a_job_can_not_close_the_streams_of_the_process(slot: InterpreterSlot) -> None:
    before = [os.fstat(stream) for stream in range(3)]
    slot.wait_until_warm()
    found = run(slot, ring_jobs.close_streams)
    assert found == [[each.st_dev, each.st_ino] for each in before]
    assert slot.close(LONG)


def test_an_interpreter_that_was_given_up_too_early_is_closed_nevertheless(
    slot: InterpreterSlot, tmp_path: Path
) -> None:
    slot.wait_until_warm()
    run(slot, ring_jobs.stay_at_exit, tmp_path, "go")
    assert not slot.close(0.3)
    (tmp_path / "go").touch()
    wait_until(lambda: not slot.is_alive(), "it was closed")


def test_what_it_prepares_has_its_own_time_before_it_is_cleared_up(slot: InterpreterSlot) -> None:
    slot.prepare(time.sleep, slots.CLEARING + 0.3)
    assert slot.close(LONG)


def test_closing_gives_up_on_an_interpreter_in_which_a_thread_was_left(
    slot: InterpreterSlot, tmp_path: Path
) -> None:
    slot.wait_until_warm()
    run(slot, ring_jobs.leave_a_thread, tmp_path / "go")
    assert not slot.close(0.01)
    (tmp_path / "go").touch()
    wait_until_closed()


@pytest.mark.parametrize(
    "function",
    [
        lambda: None,
        functools.partial(ring_jobs.echo, 1),
        ring_jobs.Jobs().bound,
        [].append,
        "tests.ring_jobs:echo",
        None,
    ],
    ids=["lambda", "partial", "bound method", "builtin method", "text", "nothing"],
)
def test_what_another_interpreter_can_not_import_is_refused(function: Any) -> None:
    with pytest.raises(TypeError, match="can't be imported in another interpreter: expected a"):
        importable_name(function)


def test_a_function_of_the_main_script_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def function() -> None: ...

    function.__module__, function.__qualname__ = "__main__", "function"
    monkeypatch.setattr(sys.modules["__main__"], "function", function, raising=False)
    with pytest.raises(TypeError, match="__main__.function can't be imported"):
        importable_name(function)


def test_functions_and_static_methods_of_modules_are_named() -> None:
    assert importable_name(ring_jobs.echo) == "tests.ring_jobs:echo"
    assert importable_name(ring_jobs.Jobs.static) == "tests.ring_jobs:Jobs.static"
    assert importable_name(os.getpid).endswith(":getpid")


# Logging.


@contextmanager
def logging_to(*handlers: logging.Handler) -> Iterator[None]:
    """Within it the root logger has these handlers alone (pytest's own are left out)."""
    root = logging.getLogger()
    before = root.handlers.copy()
    root.handlers[:] = handlers
    try:
        yield
    finally:
        root.handlers[:] = before


def handled(formatter: logging.Formatter | None) -> logging.Handler:
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    return handler


class Own(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        record.prefix = ">"
        return super().format(record)


@pytest.mark.parametrize(
    ("formatter", "form"),
    [
        (logging.Formatter("%(message)s!", "%H"), ("%(message)s!", "%H", "%")),
        (logging.Formatter("{message}!", style="{"), ("{message}!", None, "{")),
        (logging.Formatter("$message!", style="$"), ("$message!", None, "$")),
        (None, ("%(message)s", None, "%")),
        (Own("%(prefix)s %(message)s"), (logging.BASIC_FORMAT, None, "%")),
    ],
    ids=["percent", "brace", "dollar", "none", "fields of its own"],
)
def test_the_format_of_the_first_handler_is_passed_on(
    formatter: logging.Formatter | None, form: tuple[Any, ...]
) -> None:
    with logging_to(logging.NullHandler(), handled(formatter)):
        assert logging_setup(["storytime"])[1] == form


def test_where_nothing_is_handled_nothing_is_passed_on() -> None:
    with logging_to(logging.NullHandler()):
        assert logging_setup(["storytime"])[1] is None


def test_the_handlers_of_storytimes_own_logger_come_first() -> None:
    own, storytime = handled(logging.Formatter("own %(message)s")), logging.getLogger("storytime")
    storytime.addHandler(own)
    with logging_to(handled(None)):
        assert logging_setup(["storytime"])[1] == ("own %(message)s", None, "%")
    storytime.removeHandler(own)


@pytest.mark.parametrize("changed", ["before the warm-up", "after it"])
def test_levels_and_format_reach_the_interpreter(
    maker: DaemonExecutor,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    changed: str,
) -> None:
    formatted = handled(logging.Formatter("<{levelname} {message}>", style="{"))
    with logging_to(*([formatted] if changed == "before the warm-up" else [])):
        slot = maker.submit(lambda: InterpreterSlot("slot", SETUP)).result(LONG)
        slot.wait_until_warm()
    caplog.set_level(logging.ERROR)
    caplog.set_level(logging.INFO, "storytime")
    with logging_to(formatted):
        levels = run(slot, ring_jobs.levels_and_lines, "it says")
    slot.close(LONG)
    assert levels == [logging.INFO, logging.ERROR]
    assert capfd.readouterr().err == "<INFO it says>\n"
