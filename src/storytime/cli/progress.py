"""A progress bar for a build that takes long, where there is a terminal.

Log lines, which other interpreters write as well, erase it (see ERASE); a moment later it is
drawn again below them.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from ..ring.progress import ROOM, STEPS, ProgressReader, ProgressWriter, reporting_to

DELAY = 1.0
"""Seconds that a build takes before there is a bar."""
INTERVAL = 0.1
"""Seconds from one drawing to the next."""

NARROWEST = 70
"""Columns that a line with a bar may take."""

ERASE = "\r\x1b[K"
"""Erases the line. On a terminal all log lines begin with it."""
SHOW_CURSOR = "\r\x1b[?25h"
"""Goes to the beginning of the line and shows the cursor, which click hides: no end of this process
may leave it so."""

logger = logging.getLogger(__name__)

type Reports = Sequence[tuple[str, Any]]


def has_terminal() -> bool:
    """Return True if people read the log on a terminal that is wide enough for a bar."""
    return (
        sys.stderr.isatty()
        and os.environ.get("TERM") != "dumb"
        and os.get_terminal_size(sys.stderr.fileno()).columns >= NARROWEST
    )


@contextmanager
def progress_bar(reports: Callable[[], Reports | None]) -> Iterator[None]:
    """Show a bar within this block. `reports` returns those of the build; None if it has ended."""
    if not has_terminal() or not logger.isEnabledFor(logging.INFO):
        yield
        return
    ended = threading.Event()
    drawing = threading.Thread(target=_draw, args=[reports, ended], daemon=True)
    drawing.start()
    try:
        yield
    finally:
        ended.set()
        drawing.join()


def with_progress_bar[Result](build: Callable[[], Result]) -> Result:
    """Build in this interpreter, and show a bar."""
    if not has_terminal():
        return build()
    from tempfile import TemporaryFile  # takes a while to import

    with TemporaryFile(buffering=0) as file:
        file.write(bytes(ROOM))
        writer, reader = ProgressWriter(os.dup(file.fileno())), ProgressReader(file, ROOM)
        try:
            with progress_bar(lambda: reader.read().reports):
                return reporting_to(writer, build)
        finally:
            writer.close()


def _draw(reports: Callable[[], Reports | None], ended: threading.Event) -> None:
    bar = None
    pause = DELAY
    while not ended.wait(pause) and (reported := reports()) is not None:
        pause = INTERVAL
        steps = [value for kind, value in reported if kind == STEPS]
        if not steps:
            continue
        label, done, total = steps[-1]
        if bar is None or bar.label != label:
            bar = click.progressbar(length=total, label=label, file=sys.stderr)
        bar.update(done - bar.pos)
        click.echo(SHOW_CURSOR, file=sys.stderr, nl=False)
    if bar is not None:
        click.echo(ERASE, file=sys.stderr, nl=False)
