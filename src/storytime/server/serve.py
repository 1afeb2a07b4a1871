"""serve_catalog: a server for one catalog, from opening the port to the last Ctrl-C."""

import errno
import logging
import os
import resource
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..build.ownership import check_usable
from ..errors import StorytimeError
from ..project.package import locate, make_importable
from ..ring.interpreter_executor import interpreters_left
from ._uvicorn import LogFilter, Server, config_for
from .app import create_app

logger = logging.getLogger(__name__)

END_SIGNALS = (signal.SIGINT, signal.SIGTERM)
TIMER_SIGNALS = (signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF)
"""Signals of a story's timers, which would end the process."""

SHUTDOWN_TIMEOUT = 0.3
"""Seconds that running requests have at the end."""
JOIN_TIMEOUT = 0.05
"""Seconds that each thread has at the end."""
MOST_FILES = 16 * 1024
"""Open files, and so connections, that the server allows itself where the system does."""


def serve_catalog(
    package: str,
    output: Path | None,
    host: str,
    port: int,
    open_browser: bool,
    **options: Any,
) -> None:
    """Serve until SIGINT or SIGTERM, which end the process with exit code 0.

    `options` are those of `create_app`. Raises StorytimeError if the server can't start.
    """
    with _exit_code_zero():
        found = locate(package)
        make_importable(found)
        package = found.name
        with _listening(host, port) as listener, _output_folder(output) as output_dir:
            _allow_many_connections()
            app = create_app(output_dir, package, **options)
            netloc = f"[{host}]" if ":" in host else host
            address = f"http://{netloc}:{listener.getsockname()[1]}/"
            if not options["use_subinterpreters"]:
                logger.warning(
                    "edits to Python files that are already imported need --subinterpreters;"
                    " without it only new files take effect"
                )

            def announce() -> None:
                logger.info("Serving %s at %s (Ctrl-C ends it)", package, address)
                if open_browser:
                    # A daemon, since a browser in the terminal runs until the user quits it.
                    threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

            config = config_for(_announced(app, announce), shutdown_timeout=SHUTDOWN_TIMEOUT)
            server = Server(config)
            for number in END_SIGNALS:
                signal.signal(number, server.end)
            for number in TIMER_SIGNALS:
                # Not SIG_IGN, which every program that a story starts would inherit.
                signal.signal(number, lambda *_: None)
            logging.getLogger("uvicorn.error").addFilter(LogFilter())
            server.run([listener])
        _exit_despite_running_code()


def _announced(app: ASGIApp, announce: Callable[[], None]) -> ASGIApp:
    """Wrap the app to call `announce` once it has started."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_and_announce(message: Message) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                announce()

        await app(scope, receive, send_and_announce if scope["type"] == "lifespan" else send)

    return wrapped


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


@contextmanager
def _output_folder(output: Path | None) -> Iterator[Path]:
    """Yield the folder to build into: the user's, or a temporary one."""
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
    """Yield a listening socket; opened before any folder is made, so a taken port leaves none."""
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
    with listener:
        yield listener


def _allow_many_connections() -> None:
    """Raise the limit of open files, commonly 1024: each browser needs one, and builds do."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):  # macOS may refuse what it says is allowed
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


@contextmanager
def _exit_code_zero() -> Iterator[None]:
    """Make SIGINT and SIGTERM end the process with exit code 0, also before the server runs.

    From then on signals are ignored: one that comes while Python shuts down would kill it.
    """
    before = {number: signal.signal(number, _exit) for number in END_SIGNALS}
    try:
        yield
    except StorytimeError:
        for number, handler in before.items():
            signal.signal(number, handler)
        raise
    _ignore_signals()


def _exit(number: int, frame: FrameType | None) -> None:
    _ignore_signals()
    raise SystemExit(0)


def _ignore_signals() -> None:
    for number in END_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
