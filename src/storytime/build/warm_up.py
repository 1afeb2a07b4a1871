"""Warms up an interpreter before its build."""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..catalog.model import Section, Site, Story, Subject, seat_children
from ..catalog.tree_reader import Catalog
from ..errors import BuildFailure, StorytimeError
from ..project.package import Package
from ..render.markdown import parser, uses_parser
from ..render.python_highlighter import lexer, uses_pygments
from .pages import render_catalog
from .template_cache import note_parsed, parse_ahead, parsed_so_far

MARKDOWN = "Markdown"
"""What a job leaves that had the library for Markdown imported."""
PYGMENTS = "Pygments"
"""The same for the library that colours sources."""
STATES = "States"
"""The same for what renders stories in other states than their own."""


def rehearse() -> None:
    """Render a sample catalog with a page of every kind, so that no build pays for first uses.

    tdom parses each template once per interpreter, which takes ten times as long as filling it.
    Lazily imported modules, compiled patterns and caches are warm afterwards, too.
    """
    site = Site("Rehearsal", themed_layout=lambda story_title, children: f"<p>{children}")
    subject = Subject("Subject", "One.\n\nTwo.", lambda text: f"<b>{text}</b>")
    subject.items = [Story({"text": "x"}, "One", "Described."), Story(title="One")]
    framed = Story({"text": "x"}, template=lambda: "<img>")
    site.items = {"section": Section("Section", "Described.", {"subject": subject})}
    site.items["other"] = Subject(items=[framed])
    site.items["empty"] = Subject()
    package = Package("rehearsal", (), Path())
    seat_children(site)
    failures = [BuildFailure("empty", "E: x", "trace", "file.py", 1)]
    render_catalog(Catalog(site, failures), package)


def warm_up() -> None:
    """Import what every build needs and render a sample, so that builds start fast."""
    gc.disable()  # nearly all that is made here lives as long as the interpreter

    import tdom  # noqa: F401

    from ..project.fresh_imports import recording
    from . import job  # noqa: F401

    with recording() as finder:
        pass  # from now on no project file is imported from stale bytecode
    rehearse()
    note_parsed()
    finder.found.clear()
    sys.breakpointhook = no_breakpoint
    gc.enable()
    gc.set_threshold(20_000)  # nearly all that a build makes lives until its end


def used() -> list[Any]:
    """Return what a job used, as plain data, for `use_ahead` in the next standbys."""
    late = {
        MARKDOWN: uses_parser(),
        PYGMENTS: uses_pygments(),
        STATES: f"{__package__}.story_state" in sys.modules,
    }
    return [*parsed_so_far(), *(library for library, is_used in late.items() if is_used)]


def use_ahead(used: Sequence[Any]) -> None:
    """Parse the templates that earlier jobs parsed, and import what they imported late."""
    if MARKDOWN in used:
        parser()
    if PYGMENTS in used:
        lexer()
    if STATES in used:
        from .. import controls  # noqa: F401
        from . import story_state  # noqa: F401
    parse_ahead(each for each in used if each not in (MARKDOWN, PYGMENTS, STATES))


def no_breakpoint(*arguments: object, **options: object) -> None:
    """Replace `breakpoint()`: a build has no terminal. Raises StorytimeError."""
    raise StorytimeError(
        "breakpoint() would wait for ever here; to debug a story, serve with --no-subinterpreters"
    )
