"""serve_catalog: a server for one catalog, from the taken port to the last Ctrl-C."""

import asyncio
import errno
import logging
import os
import signal
import socket
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import override

import uvicorn

from .app import create_app
from .errors import StorytimeError
from .output import check_usable
from .packages import locate

logger = logging.getLogger(__name__)

ENDING = (signal.SIGINT, signal.SIGTERM)

LAST_REQUESTS = 0.3
"""Seconds that requests have to end when the server is told to."""


def serve_catalog(
    package: str,
    output: Path | None,
    use_subinterpreters: bool,
    host: str,
    port: int,
    open_browser: bool,
) -> None:
    """Serves until SIGINT or SIGTERM. Raises StorytimeError where it can't begin."""
    package = locate(package).name
    with _output_folder(output) as output_dir, _listening(host, port) as listener:
        app = create_app(output_dir, package, use_subinterpreters=use_subinterpreters)
        address = _address(host, listener.getsockname()[1])
        if not use_subinterpreters:
            logger.warning(
                "edits to Python files that are already imported need --subinterpreters; without it"
                " only new files take effect"
            )
        config = uvicorn.Config(
            app,
            lifespan="on",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=LAST_REQUESTS,  # type: ignore[arg-type] (floats work)
        )
        with _signals_that_end_nothing_else():
            Server(config, f"Serving {package} at {address}", open_browser).run([listener])


class Server(uvicorn.Server):
    """Says where it serves, once it does."""

    def __init__(self, config: uvicorn.Config, greeting: str, open_browser: bool) -> None:
        super().__init__(config)
        self.greeting = greeting
        self.open_browser = open_browser

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        logger.info("%s (Ctrl-C ends it)", self.greeting)
        if self.open_browser:
            await asyncio.to_thread(webbrowser.open, self.greeting.rpartition(" ")[2])


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
    """A socket that listens there; made before anything else, so that a taken port ends it all."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} on {host} is taken; choose another with --port (0: any free one)"
        else:
            message = f"can't listen on {host}, port {port}: {error.strerror}"
        raise StorytimeError(message) from None
    with listener:
        yield listener


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


@contextmanager
def _signals_that_end_nothing_else() -> Iterator[None]:
    """Makes SIGINT and SIGTERM end the server only, so that the process ends with exit code 0.

    uvicorn sends itself the signal that ended it once more, under the handlers from before.
    """
    before = {number: signal.signal(number, _nothing) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(number: int, frame: FrameType | None) -> None:
    """What is left to do for a signal that has ended the server already."""
