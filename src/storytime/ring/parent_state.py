"""What a job's interpreter or process takes over from this one."""

import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from ._cpython import format_of

STYLES: dict[type, str] = {logging.StrFormatStyle: "{", logging.StringTemplateStyle: "$"}


def parent_state(loggers: Sequence[str]) -> Any:
    """Return `sys.path`, the environment, and the levels and format of logs, as plain data."""
    return (search_path(), dict(os.environ), *logging_setup(loggers))


def search_path() -> list[str]:
    """Return the entries of `sys.path` as text."""
    return [os.fspath(entry) for entry in sys.path]


def logging_setup(names: Sequence[str]) -> tuple[dict[str, int], Any]:
    """Return the levels by logger, and the arguments of the first handler's `Formatter`."""
    loggers = [logging.getLogger(name) for name in (*names, "")]
    levels = {name: logging.getLogger(name).getEffectiveLevel() for name in ("", *names)}
    for handler in (each for logger in loggers for each in logger.handlers):
        if not isinstance(handler, logging.NullHandler):
            return levels, _form(handler.formatter or logging.Formatter())
    return levels, None


def _form(formatter: logging.Formatter) -> Any:
    """Return what makes such a formatter; for one with fields of its own the basic format."""
    text, style = format_of(formatter)
    form: Any = (text, formatter.datefmt, STYLES.get(style, "%"))
    try:
        logging.Formatter(*form).format(logging.makeLogRecord({}))
    except (ValueError, KeyError, TypeError):
        return logging.BASIC_FORMAT, None, "%"
    return form
