"""serve_catalog: a server for one catalog, from the taken port to the last Ctrl-C."""

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, override

import uvicorn

from ..build.ownership import check_usable
from ..errors import StorytimeError
from ..project.package import locate, make_importable
from ..ring.interpreter_executor import interpreters_left
from .app import create_app
from .protocols import ClientsFaults, allow_many_connections, config_for

logger = logging.getLogger(__name__)

ENDING = (signal.SIGINT, signal.SIGTERM)

TIMERS = {"SIGALRM", "SIGVTALRM", "SIGPROF"}
"""What a story's timers send to the process, which would end by it (on systems that have them)."""

LAST_REQUESTS = 0.3
"""Seconds that requests have to end when the server is told to."""
LAST_THREADS = 0.05
"""Seconds that each thread has to end when the server has ended."""


def serve_catalog(
    package: str,
    output: Path | None,
    host: str,
    port: int,
    open_browser: bool,
    **options: Any,
) -> None:
    """Serves until SIGINT or SIGTERM, which end the process with exit code 0.

    `options` are those of `create_app`. Raises StorytimeError where it can't begin.
    """
    with _ending_with_success():
        found = locate(package)
        make_importable(found)
        package = found.name
        with _listening(host, port) as listener, _output_folder(output) as output_dir:
            allow_many_connections()
            app = create_app(output_dir, package, **options)
            address = _address(host, listener.getsockname()[1])
            if not options["use_subinterpreters"]:
                logger.warning(
                    "edits to Python files that are already imported need --subinterpreters;"
                    " without it only new files take effect"
                )
            config = config_for(app, last_requests=LAST_REQUESTS)
            Server(config, f"Serving {package} at {address}", open_browser).run([listener])
        _leave_behind_what_still_runs()


class Server(uvicorn.Server):
    """Says where it serves, once it does, and ends quickly and quietly."""

    def __init__(self, config: uvicorn.Config, greeting: str, open_browser: bool) -> None:
        super().__init__(config)
        self.greeting = greeting
        self.open_browser = open_browser

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        logging.getLogger("uvicorn.error").addFilter(ClientsFaults())
        await super().startup(sockets)
        logger.info("%s (Ctrl-C ends it)", self.greeting)
        if self.open_browser:
            address = self.greeting.rpartition(" ")[2]
            # A daemon, since a browser in the terminal runs as long as the person likes.
            threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

    @override
    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serves until a signal comes; those that come while it begins and ends count as well."""
        for number in ENDING:
            signal.signal(number, self._end)
        for number in (each for each in signal.Signals if each.name in TIMERS):
            # Not SIG_IGN, which every program that a story starts would inherit.
            signal.signal(number, lambda *_: None)
        super().run(sockets)

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leaves the signals to `run`.

        uvicorn's own sends them to the process once more, and takes a second one for the wish to
        skip the app's end.
        """
        yield

    @override
    async def main_loop(self) -> None:
        """Waits for a signal; uvicorn's own looks ten times a second whether it is to end."""
        if sys.platform == "win32":
            await super().main_loop()
            return
        await self.on_tick(0)
        with _signals_told() as told:
            while not self.should_exit:
                await told.wait()
                told.clear()

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.should_exit = True

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends the app and the connections at once; uvicorn would do one after the other."""
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        async with asyncio.TaskGroup() as group:
            group.create_task(super().shutdown(sockets))
            group.create_task(self.lifespan.shutdown())


@contextmanager
def _signals_told() -> Iterator[asyncio.Event]:
    """An event that is set when a signal has come, whichever thread the system gave it to."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    told.set()  # one may have come before
    receiver, sender = socket.socketpair()
    with receiver, sender:
        for end in (receiver, sender):
            end.setblocking(False)

        def take() -> None:
            with suppress(BlockingIOError):
                receiver.recv(4096)
            told.set()

        loop.add_reader(receiver, take)
        before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
        try:
            yield told
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(receiver)


def _is_news(record: logging.LogRecord) -> bool:
    """False for uvicorn's word of the requests that it cuts off, with a traceback for each."""
    cut_off = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cut_off and not record.getMessage().startswith("Cancel ")


def _leave_behind_what_still_runs() -> None:
    """Ends the process where its regular end would wait for a build's code: a job, a thread."""
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    for thread in others:
        thread.join(LAST_THREADS)
    if interpreters_left() or any(thread.is_alive() for thread in others):
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # nobody reads it, or it is closed
                stream.flush()
        os._exit(0)


@contextmanager
def _output_folder(output: Path | None) -> Iterator[Path]:
    """The folder to build into: the user's, or a temporary one."""
    if output is None:
        with TemporaryDirectory(prefix="storytime-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
        return
    check_usable(output)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorytimeError(f"can't make the folder {output}: {error.strerror}") from None
    if not os.access(output, os.W_OK):
        raise StorytimeError(f"{output} can't be written; choose another folder for the catalog")
    yield output


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens there; made before any folder is, so that a taken port leaves none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} on {host} is taken; choose another with --port (0: a free one)"
        else:
            message = f"can't listen on {host}, port {port}: {error.strerror}"
        raise StorytimeError(message) from None
    # As asyncio does to sockets of its own making: a page's head and its body are sent apart, and
    # the system would keep the body back until the browser has acknowledged the head, 40 ms later.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with listener:
        yield listener


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


@contextmanager
def _ending_with_success() -> Iterator[None]:
    """Makes SIGINT and SIGTERM end the process with exit code 0, also before there is a server.

    Once it ends, another signal changes nothing: while Python shuts down it would else kill.
    """
    before = {number: signal.signal(number, _leave) for number in ENDING}
    try:
        yield
    except StorytimeError:
        for number, handler in before.items():
            signal.signal(number, handler)
        raise
    _ignore_signals()


def _leave(number: int, frame: FrameType | None) -> None:
    _ignore_signals()
    raise SystemExit(0)


def _ignore_signals() -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
