"""Records which templates jobs had tdom parse, so that the next interpreter parses them in advance.

tdom parses a template once per interpreter, by its strings alone, which takes ten times as long as
filling it. Interpreters that live for one build would do that in every build.

tdom has no public way to see what it parses, or to have it parse something. Only this module
uses its internals: `tdom.parser.TemplateParser.track_source` and
`tdom.processor.CachedTemplateParserProxy.to_ttree`. If a release lacks them, builds go on without
this.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from string.templatelib import Interpolation, Template
from typing import Any

MOST = 256
"""Templates that are remembered. tdom keeps 512, and Storytime's own take some of these."""
LONGEST = 20_000
"""Characters of a template that is remembered: nobody writes a longer one by hand."""

type Strings = tuple[str, ...]
"""What tdom parses of a template: the strings between its interpolations."""

_parsed: deque[Strings] = deque(maxlen=MOST)


def note_parsed() -> None:
    """Record what tdom parses in this interpreter from now on.

    It is recorded where a parser gets its template, before it parses it, so that the traceback of
    an error in a template has no line of this module.
    """
    try:
        from tdom.parser import TemplateParser

        track_source = TemplateParser.track_source
    except (ImportError, AttributeError):
        return
    if track_source.__module__ == __name__:  # it is recorded already
        return

    def noting(parser: TemplateParser, template: Template) -> Any:
        _parsed.append(template.strings)
        return track_source(parser, template)

    TemplateParser.track_source = noting  # type: ignore[assignment, method-assign]


def parsed_so_far() -> list[Strings]:
    """Return what was parsed and is worth parsing in advance in the next interpreter."""
    return [strings for strings in _parsed if sum(map(len, strings)) <= LONGEST]


def parse_ahead(templates: Iterable[Sequence[str]]) -> None:
    """Have tdom parse the templates, so that a job finds them parsed."""
    try:
        from tdom.processor import CachedTemplateParserProxy

        parse = CachedTemplateParserProxy().to_ttree  # all proxies share one cache
    except (ImportError, AttributeError):
        return
    hole = Interpolation(None, "hole")
    for first, *others in templates:
        parts: list[str | Interpolation[Any]] = [first]
        for each in others:
            parts += (hole, each)
        with suppress(Exception):  # the job that uses it says what is wrong with it
            parse(Template(*parts))
    _parsed.clear()
