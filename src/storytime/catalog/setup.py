"""Calls a site's setup: what its author wants done before any story is imported."""

import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..errors import BuildFailed, StorytimeError
from ..project.failures import failure_from

_done: list[object] = []
"""The setups that were called in this interpreter. It builds twice if nothing reloads modules."""


def set_up(setup: Callable[[], object], file: str) -> None:
    """Call the setup of the Site that is in `file`, once. Raises BuildFailed if that fails."""
    if any(each is setup for each in _done):
        return
    named = setup if hasattr(setup, "__qualname__") else type(setup)
    name = f"{named.__module__}.{named.__qualname__}"
    try:
        with _kept_logging():
            result = setup()
        if isinstance(result, Coroutine):
            result.close()
            raise StorytimeError("it is async; give a function that calls asyncio.run")
        _done.append(setup)
    except BaseException as error:
        failure = failure_from("", error, file)
        failure = replace(failure, message=f"setup={name} failed: {failure.message}")
        raise BuildFailed([failure], written=False) from None


@contextmanager
def _kept_logging() -> Iterator[None]:
    """Keep what the build logs visible if the block configures logging.

    By default `logging.config.dictConfig`, which `django.setup` calls, disables all loggers that
    exist, and it replaces the handlers of the root logger.
    """
    root = logging.getLogger()
    handlers, level = [*root.handlers], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, logger in root.manager.loggerDict.items():
            if name.startswith("storytime.") and isinstance(logger, logging.Logger):
                logger.disabled = False
