"""watch_and_rebuild starts a build after a save, with sync and async callbacks."""

import asyncio
import functools
import inspect
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, override

import pytest

from storytime import AsyncRebuildCallback, InterpreterRing, RebuildCallback
from storytime.build.changes import BuildChanges
from storytime.build.whole import build_site
from storytime.errors import BuildFailed, BuildFailure, StorytimeError
from storytime.live import loop, overtaking
from storytime.live.builders import PartialRebuild, Rebuild, is_async
from storytime.live.loop import watch_and_rebuild

from .. import ring_jobs
from ..serving_support import LONG, ROOT, Builds, replace, until, watched
from ..support import SMALL, Catalog, gives

SUBJECT = "Subject(target=lambda: {!r}, items=[Story()])"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@asynccontextmanager
async def rebuilding(mode: str) -> AsyncIterator[RebuildCallback | AsyncRebuildCallback]:
    if mode == "direct":
        yield build_site
        return
    async with InterpreterRing() as ring:
        yield ring.build if mode == "ring" else ring.build_async


MODES = ["direct", "async ring"]


# Both modes.


@pytest.mark.parametrize("mode", [*MODES, "ring"])
async def test_a_new_subject_is_built_in_every_mode(
    catalog: Catalog, site: Path, mode: str
) -> None:
    catalog.write(SMALL)
    async with rebuilding(mode) as rebuild, watched("kit", site, rebuild) as builds:
        assert (site / "forms/button/refusal/index.html").exists()
        catalog.write({"new/stories.py": gives(SUBJECT.format("one"))})
        await builds.until((site / "new/story-0/index.html").exists)
        catalog.remove("new/stories.py")
        await builds.until(lambda: not (site / "new").exists())


async def test_an_edit_is_built_by_the_ring(catalog: Catalog, site: Path) -> None:
    catalog.write(SMALL)
    page = site / "forms/button/story-0/index.html"
    async with rebuilding("async ring") as rebuild, watched("kit", site, rebuild) as builds:
        for word in ("one", "two", "six"):
            catalog.write({"forms/button/stories.py": gives(SUBJECT.format(f"[{word}]"))})
            await builds.until(lambda: f"[{word}]" in page.read_text())  # noqa: B023


@pytest.mark.parametrize("mode", MODES)
async def test_failures_are_reported_and_the_fix_is_built(
    catalog: Catalog, site: Path, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.write({**SMALL, "new/stories.py": "1 / 0"})
    async with rebuilding(mode) as rebuild, watched("kit", site, rebuild) as builds:
        assert "ZeroDivisionError" in (site / "new/index.html").read_text()
        catalog.write({"other/stories.py": "nonsense"})
        result = await builds.next()
        assert [failure.path for failure in result.failures] == ["new", "other"]
        assert result.is_written
        catalog.write({path: gives("Subject()") for path in ("new/stories.py", "other/stories.py")})
        while result.failures:
            result = await builds.next()
        assert result.is_written
    assert not [record for record in caplog.records if record.name == "storytime.live.loop"]


@pytest.mark.parametrize("mode", MODES)
async def test_last_good_catalog_stays_if_nothing_can_be_built(
    catalog: Catalog, site: Path, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.write(SMALL)
    async with rebuilding(mode) as rebuild, watched("kit", site, rebuild) as builds:
        before = (site / "index.html").read_bytes()
        caplog.clear()
        catalog.folder.rename(catalog.base / "away")
        result = await builds.next()
        assert not result.is_written
        assert result.failures[0].path == ""
        assert (site / "index.html").read_bytes() == before
        (catalog.base / "away").rename(catalog.folder)
        while result.failures:
            result = await builds.next()
        assert result.is_written
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert {record.exc_info for record in errors} == {None}
    assert {record.name for record in errors} == {"storytime.live.loop"}


# When it builds.


class Recorder:
    """A callback that counts its calls; each ends when `go` is set."""

    def __init__(self) -> None:
        self.begun = 0
        self.running = 0
        self.most = 0
        self.go = threading.Event()

    def __call__(self, package: str, output: Path) -> None:
        self.begun += 1
        self.running += 1
        self.most = max(self.most, self.running)
        assert self.go.wait(LONG)
        self.running -= 1


@asynccontextmanager
async def recorded(catalog: Catalog, site: Path) -> AsyncIterator[Recorder]:
    """Watch with a Recorder; yield it when the first build has ended, with `go` cleared."""
    catalog.write(SMALL)
    recorder = Recorder()
    recorder.go.set()
    async with watched("kit", site, recorder):
        recorder.go.clear()
        yield recorder
        recorder.go.set()


async def quiet() -> None:
    """Wait longer than the report of a change takes (20 ms)."""
    await asyncio.sleep(0.3)


async def test_nothing_is_built_without_a_change(catalog: Catalog, site: Path) -> None:
    async with recorded(catalog, site) as recorder:
        await quiet()
        assert recorder.begun == 1


async def test_first_change_starts_the_first_build_without_one_at_the_start(
    catalog: Catalog, site: Path
) -> None:
    catalog.write(SMALL)
    recorder = Recorder()
    recorder.go.set()
    watching = asyncio.create_task(watch_and_rebuild("kit", site, recorder))
    await quiet()
    assert recorder.begun == 0
    (catalog.folder / "stories.py").touch()
    await until(lambda: recorder.begun == 1, "it was built")
    watching.cancel()
    await asyncio.wait([watching])


async def test_sources_of_an_earlier_build_are_watched_before_the_first_build(
    catalog: Catalog, site: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/colours.json").write_text("1")
    reads = gives("Site()", f"open({str(tmp_path / 'data/colours.json')!r}).close()")
    catalog.write({**SMALL, "stories.py": reads})
    build_site("kit", site)
    recorder = Recorder()
    recorder.go.set()
    watching = asyncio.create_task(watch_and_rebuild("kit", site, recorder))
    await quiet()
    (tmp_path / "data/colours.json").write_text("2")
    await until(lambda: recorder.begun, "it was built")
    watching.cancel()
    await asyncio.wait([watching])


async def test_changes_during_a_build_start_one_more_build(catalog: Catalog, site: Path) -> None:
    async with recorded(catalog, site) as recorder:
        (catalog.folder / "stories.py").touch()
        await until(lambda: recorder.begun == 2, "the build began")
        for number in range(5):
            catalog.write({f"words_{number}.py": ""})
            await asyncio.sleep(0.05)
        assert recorder.begun == 2
        recorder.go.set()
        await until(lambda: recorder.begun == 3, "it was built again")
        await quiet()
        assert recorder.begun == 3
        assert recorder.most == 1


async def test_many_changes_at_once_start_one_build(catalog: Catalog, site: Path) -> None:
    async with recorded(catalog, site) as recorder:
        for number in range(200):
            catalog.write({f"words_{number}.py": ""})
        await until(lambda: recorder.begun == 2, "the build began")
        recorder.go.set()
        await quiet()
        assert recorder.begun <= 3


class Endless:
    """An async callback whose builds, except the first, only end by cancellation."""

    def __init__(self) -> None:
        self.begun = 0
        self.cancelled: list[str] = []

    async def __call__(self, package: str, output: Path) -> None:
        self.begun += 1
        try:
            if self.begun > 1:
                await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            self.cancelled.append(str(error))
            raise


async def test_a_build_older_than_a_save_is_cancelled_after_its_grace(
    catalog: Catalog, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overtaking, "GRACE", 0.1)
    catalog.write(SMALL)
    endless = Endless()
    async with watched("kit", site, endless):
        for number in range(2, 5):
            (catalog.folder / "stories.py").touch()
            await until(lambda: endless.begun == number, "the build began")  # noqa: B023
        assert endless.cancelled == ["the build was overtaken by a newer save and stopped"] * 2
        await quiet()
        assert len(endless.cancelled) == 2  # no save came after the last one


WORDS = "from words import WORD"
FIRST = "a/story-0/frame.html"
"""The document of a story on screen."""


@asynccontextmanager
async def watched_words(catalog: Catalog, site: Path) -> AsyncIterator[tuple[Path, Builds]]:
    """Watch a catalog whose pages all show a word; the page of the subject `a` is on screen.

    Yields the file with the word.
    """
    words = catalog.base / "words.py"
    replace(words, "WORD = '[0]'")
    catalog.write({"stories.py": gives("Site(title=WORD)", WORDS)})
    subject = "Subject(target=lambda: WORD, items=[Story()])"
    catalog.write({f"{name}/stories.py": gives(subject, WORDS) for name in "ab"})
    async with InterpreterRing() as ring:
        rebuild = PartialRebuild(ring, lambda: ["a/index.html"])
        async with watched("kit", site, rebuild) as builds:
            stale, number = False, count(-1, -1)
            while not stale:  # changes before the word's file is watched lead to builds of all
                replace(words, f"WORD = '[{next(number)}]'")
                while not (result := await builds.next()).is_settled:
                    stale = result.is_stale
            yield words, builds


async def test_the_whole_catalog_follows_what_is_on_screen_without_a_pause(
    catalog: Catalog, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "PAUSE", 10 * LONG)
    async with watched_words(catalog, site) as (words, builds):
        replace(words, "WORD = '[2]'")
        results = [await builds.next()]
        while not results[-1].is_settled:
            results.append(await builds.next())
    assert (results[0].is_stale, results[0].pages) == (True, [FIRST])
    assert FIRST not in results[-1].pages
    assert "[2]" in (site / "b/story-0/frame.html").read_text()


async def test_a_whole_build_stops_by_itself_for_a_newer_save(
    catalog: Catalog,
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(overtaking, "GRACE", LONG)
    monkeypatch.setattr(overtaking, "FRESH", LONG)
    caplog.set_level(logging.WARNING)
    words, seen = catalog.base / "words.py", site.parent / "seen"
    replace(words, "WORD, PAUSE = 0, 0")
    show = f"Path({str(seen)!r}).write_text(str(WORD)) and time.sleep(PAUSE) or str(WORD)"
    before = ["import time", "from pathlib import Path", "from words import PAUSE, WORD"]
    catalog.write({"stories.py": gives("Site(title=str(WORD))", "from words import WORD")})
    subject = f"Subject(target=lambda: {show}, items=[Story()] * {round(LONG / 0.1)})"
    catalog.write({"a/stories.py": gives(subject, *before)})
    async with InterpreterRing() as ring, watched("kit", site, PartialRebuild(ring)) as builds:
        replace(words, "WORD, PAUSE = 1, 0")
        await builds.until(lambda: "<title>1" in (site / "index.html").read_text())
        began = time.monotonic()
        replace(words, "WORD, PAUSE = 2, 0.1")
        await until(lambda: seen.read_text() == "2", "it is rendered")
        replace(words, "WORD, PAUSE = 3, 0")
        await builds.until(lambda: "<title>3" in (site / "index.html").read_text())
        assert time.monotonic() - began < LONG  # which the second build would have taken
    assert not caplog.records


async def test_what_is_saved_while_the_standby_warms_up_is_in_the_build(
    catalog: Catalog, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "PAUSE", 10 * LONG)
    monkeypatch.syspath_prepend(ROOT)
    catalog.write(SMALL)
    async with InterpreterRing() as ring, watched("kit", site, PartialRebuild(ring)) as builds:
        ring.prepare(ring_jobs.note_and_wait_for, site.parent, "begun", "go")
        await until((site.parent / "begun").exists, "a standby warms up")
        catalog.write({"a/stories.py": gives(SUBJECT.format("2"))})
        await quiet()
        catalog.write({"b/stories.py": gives(SUBJECT.format("3"))})
        await quiet()
        assert builds.ended.empty()
        (site.parent / "go").touch()
        changed = set((await builds.next()).changed)
        assert {"a/story-0/frame.html", "b/story-0/frame.html"} <= changed
        await quiet()
        assert builds.ended.empty(), "it was built once"


async def test_what_is_saved_before_the_first_build_begins_is_in_it(
    catalog: Catalog, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "PAUSE", 10 * LONG)
    monkeypatch.syspath_prepend(ROOT)
    catalog.write(SMALL)

    async def save() -> None:
        await until((site.parent / "begun").exists, "a standby warms up")
        await quiet()
        catalog.write({"a/stories.py": gives(SUBJECT.format("2"))})
        await quiet()
        (site.parent / "go").touch()

    async with InterpreterRing() as ring:
        ring.prepare(ring_jobs.note_and_wait_for, site.parent, "begun", "go")
        saving = asyncio.create_task(save())
        async with watched("kit", site, PartialRebuild(ring)) as builds:
            await saving
            assert (site / "a/story-0/frame.html").exists()
            await quiet()
            assert builds.ended.empty(), "it was built once"


class AlwaysOvertaken(PartialRebuild):
    """Builds what is on screen, and meanwhile the next save comes."""

    can_be_cancelled = True

    def __init__(self, file: Path) -> None:
        self._file = file

    @override
    def of(self, package_location: str, output_dir: Path) -> Rebuild:
        return self

    async def check(self, build_again: Callable[[], object]) -> None:
        """Nothing."""

    async def rebuild(
        self, changed: Sequence[str] | None, *, publish_torn: bool = False
    ) -> BuildChanges:
        replace(self._file, f"# {changed}")
        await asyncio.sleep(0.1)
        return BuildChanges(is_settled=False, is_stale=True)

    async def settle(self, *, publish_torn: bool = False) -> BuildChanges:
        return BuildChanges(changed=["all"])

    async def ready(self) -> None:
        """Always."""

    async def ask_to_stop(self) -> None:
        raise NotImplementedError

    async def writing(self) -> Collection[str]:
        return ()


async def test_whole_builds_end_although_saves_on_screen_keep_coming(
    catalog: Catalog, site: Path
) -> None:
    catalog.write(SMALL)
    rebuild = AlwaysOvertaken(catalog.folder / "stories.py")
    async with watched("kit", site, rebuild) as builds, asyncio.timeout(LONG):
        while not (await builds.next()).is_settled:
            pass


class NeverReady(AlwaysOvertaken):
    """Whenever a build waits for its standby, a save comes."""

    @override
    async def ready(self) -> None:
        replace(self._file, f"# {time.monotonic_ns()}")
        await quiet()


async def test_builds_begin_although_saves_come_while_they_wait(
    catalog: Catalog, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "STALEST", 10 * LONG)
    catalog.write(SMALL)
    file = catalog.folder / "stories.py"
    async with watched("kit", site, NeverReady(file)) as builds:
        replace(file, "# saved")
        while not (await builds.next()).is_stale:
            pass


async def test_a_build_in_a_thread_is_awaited_despite_newer_saves(
    catalog: Catalog, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overtaking, "GRACE", 0.05)
    async with recorded(catalog, site) as recorder:
        (catalog.folder / "stories.py").touch()
        await until(lambda: recorder.begun == 2, "the build began")
        catalog.write({"words.py": ""})
        await quiet()
        assert (recorder.begun, recorder.running) == (2, 1)
        recorder.go.set()
        await until(lambda: recorder.begun == 3, "it was built again")


async def test_an_unknown_package_raises_at_once(site: Path) -> None:
    with pytest.raises(StorytimeError, match="no package 'no_such'"):
        await watch_and_rebuild("no_such", site, build_site)


async def test_cancelling_ends_watching_while_a_build_hangs(catalog: Catalog, site: Path) -> None:
    async with recorded(catalog, site) as recorder:
        (catalog.folder / "stories.py").touch()
        await until(lambda: recorder.begun == 2, "the build began")
    # `recorded` has let that build end; this one goes on.
    catalog.write(SMALL)
    stuck = Recorder()
    watching = asyncio.create_task(watch_and_rebuild("kit", site, stuck, build_at_start=True))
    await until(lambda: stuck.begun == 1, "the build began")
    start = time.monotonic()
    watching.cancel()
    await asyncio.wait([watching])
    assert time.monotonic() - start < LONG / 2  # sooner than the build
    assert watching.cancelled()
    assert stuck.running == 1
    stuck.go.set()


# Kinds of callbacks.

called: list[tuple[Any, ...]] = []


def plain(package: str, output: Path) -> None:
    called.append((package, output, threading.current_thread().name))


async def asynchronous(package: str, output: Path) -> None:
    called.append((package, output, threading.current_thread().name))


def with_more(more: str, package: str, output: Path) -> None:
    plain(package, output)


async def with_more_async(more: str, package: str, output: Path) -> None:
    await asynchronous(package, output)


class Builder:
    def method(self, package: str, output: Path) -> None:
        plain(package, output)

    async def method_async(self, package: str, output: Path) -> None:
        await asynchronous(package, output)

    @staticmethod
    async def static_async(package: str, output: Path) -> None:
        await asynchronous(package, output)

    @classmethod
    async def class_async(cls, package: str, output: Path) -> None:
        await asynchronous(package, output)

    partial_async = functools.partialmethod(method_async)


class Callable_:
    def __call__(self, package: str, output: Path) -> None:
        plain(package, output)


class AsyncCallable:
    async def __call__(self, package: str, output: Path) -> None:
        await asynchronous(package, output)


def returns_an_awaitable(package: str, output: Path) -> Any:
    return asynchronous(package, output)


@functools.wraps(asynchronous)
def decorated(package: str, output: Path) -> Any:
    return asynchronous(package, output)


LOOP, THREAD = "MainThread", "storytime-direct-builds"
CALLBACKS: dict[str, tuple[Callable[..., Any], str]] = {
    "a function": (plain, THREAD),
    "an async function": (asynchronous, LOOP),
    "a partial": (functools.partial(with_more, "more"), THREAD),
    "an async partial": (functools.partial(with_more_async, "more"), LOOP),
    "a partial of a partial": (functools.partial(functools.partial(with_more_async), "more"), LOOP),
    "a method": (Builder().method, THREAD),
    "an async method": (Builder().method_async, LOOP),
    "an async static method": (Builder.static_async, LOOP),
    "an async class method": (Builder.class_async, LOOP),
    "an async partial method": (Builder().partial_async, LOOP),
    "an object": (Callable_(), THREAD),
    "an async object": (AsyncCallable(), LOOP),
    "a partial of an async object": (functools.partial(AsyncCallable()), LOOP),
    "a lambda that returns an awaitable": (lambda *given: given and asynchronous(*given), LOOP),
    "a function that returns an awaitable": (returns_an_awaitable, LOOP),
    "a decorated async function": (decorated, LOOP),
}


@pytest.mark.parametrize("kind", CALLBACKS)
async def test_a_callback_of_any_kind_is_called_with_package_and_folder(
    catalog: Catalog, site: Path, kind: str
) -> None:
    catalog.write(SMALL)
    callback, where = CALLBACKS[kind]
    called.clear()
    async with watched("kit", site, callback):
        assert called == [("kit", site, where)]


def test_is_async_recognizes_coroutine_functions() -> None:
    told = {kind for kind, (callback, _) in CALLBACKS.items() if is_async(callback)}
    assert told == {kind for kind in CALLBACKS if kind.startswith(("an async", "a partial of a"))}


def broken(error: BaseException, *, asynchronously: bool) -> Callable[..., Any]:
    """Return a callback that raises only at its first call."""
    calls = []

    def fail_once(package: str, output: Path) -> None:
        calls.append(package)
        if len(calls) == 1:
            raise error

    async def fail_once_async(package: str, output: Path) -> None:
        await asyncio.sleep(0)
        fail_once(package, output)

    return fail_once_async if asynchronously else fail_once


FAILURE = BuildFailure("forms", "ValueError: told")
ERRORS = [
    (BuildFailed([FAILURE], written=True), "ValueError: told", None),
    (BuildFailed([FAILURE], written=False), "ValueError: told", "nothing could be built: forms: "),
    (StorytimeError("told"), "told", "told"),
    (
        ValueError("told"),
        "ValueError: told",
        "the build failed for a reason that Storytime does not",
    ),
    (StopIteration("told"), "StopIteration", None),
]


@pytest.mark.parametrize("asynchronously", [False, True])
@pytest.mark.parametrize(("error", "message", "line"), ERRORS, ids=lambda value: str(value)[:20])
async def test_a_callbacks_error_is_logged_once_and_watching_goes_on(
    catalog: Catalog,
    site: Path,
    asynchronously: bool,
    error: Exception,
    message: str,
    line: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    catalog.write(SMALL)
    told: list[Any] = []

    async def on_built(result: BuildChanges) -> None:
        told.append((result.failures, result.is_written))

    callback = broken(error, asynchronously=asynchronously)
    watching = asyncio.create_task(
        watch_and_rebuild("kit", site, callback, on_built, build_at_start=True)
    )
    await until(lambda: told, "the build ended")
    (failures, written), *_ = told
    assert message in failures[0].message
    assert written is (isinstance(error, BuildFailed) and error.written)
    if line is not None:
        (record,) = caplog.records
        assert record.levelno == logging.ERROR
        assert record.message.startswith(line)
    (catalog.folder / "stories.py").touch()
    await until(lambda: len(told) == 2, "the next build ended")
    assert told[1] == ((), True)
    watching.cancel()
    await asyncio.wait([watching])


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit(3), asyncio.CancelledError])
async def test_exit_raised_by_a_sync_callback_is_an_ordinary_failure(
    catalog: Catalog, site: Path, error: Any
) -> None:
    def fail(package: str, output: Path) -> None:
        raise error

    catalog.write(SMALL)
    async with watched("kit", site, fail) as builds:
        (catalog.folder / "stories.py").touch()
        result = await builds.next()
        name = error.__name__ if inspect.isclass(error) else type(error).__name__
        assert f"the build was ended by {name}" in result.failures[0].message.replace(
            "asyncio.exceptions.", ""
        )
        assert not result.is_written
