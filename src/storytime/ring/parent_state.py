"""What a job's interpreter or process takes over from this one: the path, and how it logs."""

import logging
import os
import sys
from collections.abc import Sequence

from ._cpython import format_of
from .worker import LogForm, LogStyle

STYLES: dict[type, LogStyle] = {
    logging.PercentStyle: "%",
    logging.StrFormatStyle: "{",
    logging.StringTemplateStyle: "$",
}


def search_path() -> list[str]:
    """`sys.path`, in text."""
    return [os.fspath(entry) for entry in sys.path]


def logging_setup(names: Sequence[str]) -> tuple[dict[str, int], LogForm | None]:
    """This interpreter's log levels and format, as `worker.configure_logging` takes them."""
    loggers = [logging.getLogger(name) for name in (*names, "")]
    levels = {name: logging.getLogger(name).getEffectiveLevel() for name in ("", *names)}
    for logger in loggers:
        for handler in logger.handlers:
            if not isinstance(handler, logging.NullHandler):
                return levels, _form(handler.formatter or logging.Formatter())
    return levels, None


def _form(formatter: logging.Formatter) -> LogForm:
    """What makes such a formatter; of one with fields of its own, the ordinary one's."""
    text, style = format_of(formatter)
    form = text, formatter.datefmt, STYLES.get(style, "%")
    try:
        logging.Formatter(*form).format(logging.makeLogRecord({}))
    except (ValueError, KeyError, TypeError):
        return logging.BASIC_FORMAT, None, "%"
    return form
