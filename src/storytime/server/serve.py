"""serve_catalog: a server for one catalog, from opening the port to the last Ctrl-C."""

from __future__ import annotations

import errno
import logging
import os
import resource
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..build.folder_lock import check_not_in_use
from ..build.ownership import check_usable, is_orphaned
from ..errors import StorytimeError
from ..live.building_ring import InterpreterRing
from ..project.package import Package, locate, make_importable
from ..ring.interpreter_executor import interpreters_left
from ..ring.isolation import Kind

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from ._uvicorn import Server

logger = logging.getLogger(__name__)

type Reports = Callable[[], Sequence[tuple[str, Any]] | None]
type Handler = Callable[[int, FrameType | None], None] | signal.Handlers

_is_ending = threading.Event()
"""Is set by a signal that comes before the server is made."""
END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end the server. SIGHUP comes when its terminal is closed."""
TIMER_SIGNALS = (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF)
"""Signals of a story's timers, which would end the process."""

SHUTDOWN_TIMEOUT = 0.3
"""Seconds that running requests have at the end."""
JOIN_TIMEOUT = 0.05
"""Seconds that each thread has at the end."""
RING_OPTIONS = ("use_subinterpreters", "isolation", "build_timeout")
MOST_FILES = 16 * 1024
"""Open files, and so connections, that the server allows itself where the system does."""


def serve_catalog(
    package: str,
    output: Path | None,
    host: str,
    port: int,
    root_path: str,
    open_browser: bool,
    progress_bar: Callable[[Reports], AbstractContextManager[None]],
    **options: Any,
) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP, which end the process with exit code 0.

    `progress_bar` makes what shows how far the first build is, from a function that returns its
    reports. `options` are those of `create_app`. Raises StorytimeError if the server can't start.
    """
    _handle_signals(END_SIGNALS, _exit)
    found = locate(package)
    make_importable(found)
    ring_options = {name: options.pop(name) for name in RING_OPTIONS}
    # In this order, so that a taken port leaves no folder.
    with (
        _listen(host, port) as listener,
        _output_folder(output, found) as output_dir,
        _started_ring(**ring_options) as make_ring,
    ):
        _allow_many_connections()
        # Only now, so that the first standby warms up meanwhile: both take about as long.
        from .app import also_below, workshop_app

        workshop = workshop_app(Path(output_dir), found.name, make_ring, host=host, **options)
        if not make_ring:
            logger.warning(
                "edits to Python files that are already imported need --subinterpreters;"
                " without it only new files take effect"
            )
        server = _server_of(also_below(root_path, workshop))
        if _is_ending.is_set():  # what `_exit` raised was lost in a callback, as imports have them
            raise SystemExit(0)
        address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}/"
        # Requests wait in the socket until the app has started.
        logger.info("Serving %s at %s (Ctrl-C ends it)", found.name, address)
        if open_browser:
            _open_browser(address)
        with progress_bar(workshop.state.catalog.reports_of_first_build):
            server.run([listener])
    _exit_despite_running_code()
    _handle_signals(END_SIGNALS, signal.SIG_IGN)


def _server_of(app: Starlette) -> Server:
    """Return a server for the app, which the signals end."""
    from ._uvicorn import LogFilter, Server, config_for

    server = Server(config_for(app, shutdown_timeout=SHUTDOWN_TIMEOUT))
    _handle_signals(END_SIGNALS, server.end)
    # Not SIG_IGN, which every program that a story starts would inherit.
    _handle_signals(TIMER_SIGNALS, lambda *_: None)
    logging.getLogger("uvicorn.error").addFilter(LogFilter())
    return server


def _open_browser(address: str) -> None:
    import webbrowser

    # A daemon, since a browser in the terminal runs until the user quits it.
    threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()


@contextmanager
def _started_ring(
    *, use_subinterpreters: bool, isolation: Kind, build_timeout: float | None
) -> Iterator[Callable[..., InterpreterRing] | None]:
    """Make a ring, which warms up before the app exists; yield what the app gets it from.

    It is told the notices from before that, too. Without `use_subinterpreters` there is no ring.
    """
    if not use_subinterpreters:
        yield None
        return
    notices: list[str] = []
    listeners: list[Callable[[str], object]] = [notices.append]

    def tell(text: str) -> None:
        listeners[-1](text)

    with InterpreterRing(timeout=build_timeout, isolation=isolation, on_notice=tell) as ring:

        def make_ring(on_notice: Callable[[str], object]) -> InterpreterRing:
            listeners.append(on_notice)
            for text in notices:
                on_notice(text)
            return ring

        yield make_ring


def _exit_despite_running_code() -> None:
    """Exit at once if code of a build still runs, for which a regular exit would wait."""
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    for thread in others:
        thread.join(JOIN_TIMEOUT)
    if interpreters_left() or any(thread.is_alive() for thread in others):
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # the reader is gone, or the stream is closed
                stream.flush()
        os._exit(0)


def _output_folder(output: Path | None, package: Package) -> AbstractContextManager[str]:
    """Return the folder to build into: the user's, or a temporary one for a `with` block."""
    if output is None:
        try:
            _sweep(Path(gettempdir()))
        except FileNotFoundError as error:
            hint = "name a folder to build into (OUTPUT), or set TMPDIR"
            raise StorytimeError(f"{error.strerror}; {hint}") from None
        return TemporaryDirectory(prefix=f"storytime-{os.getpid()}-", ignore_cleanup_errors=True)
    check_usable(output)
    check_not_in_use(output, package)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorytimeError(f"can't make the folder {output}: {error.strerror}") from None
    if not os.access(output, os.W_OK):
        raise StorytimeError(f"{output} can't be written; choose another folder for the catalog")
    return nullcontext(str(output))


def _sweep(folder: Path) -> None:
    """Remove the temporary catalogs of servers that were killed."""
    for each in folder.glob("storytime-*-*"):
        if each.is_dir() and not each.is_symlink() and is_orphaned(each.name.split("-")[1]):
            with suppress(StorytimeError):  # it holds somebody's own files
                check_usable(each)
                shutil.rmtree(each, ignore_errors=True)


def _listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises StorytimeError if the port or the address can't be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} on {host} is taken; choose another with --port (0: a free one)"
        else:
            message = f"can't listen on {host}, port {port}: {error.strerror}"
        raise StorytimeError(message) from None
    # asyncio sets this only on sockets that it opens itself. Without it the system holds back a
    # page's body until the browser has acknowledged the head, 40 ms later.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _allow_many_connections() -> None:
    """Raise the limit of open files, commonly 1024: each browser needs one, and builds do."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):  # macOS may refuse what it says is allowed
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _handle_signals(numbers: Iterable[int], handler: Handler) -> None:
    for number in numbers:
        # Under nohup the server outlives its terminal.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def _exit(number: int, frame: FrameType | None) -> None:
    """Exit with code 0; ignore further signals, which would kill Python while it shuts down."""
    _is_ending.set()
    _handle_signals(END_SIGNALS, signal.SIG_IGN)
    raise SystemExit(0)
