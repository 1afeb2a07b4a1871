"""Templates: which ones jobs had tdom parse, so that the next interpreter has done that before.

tdom parses a template once in an interpreter's life, for its strings alone, and that takes ten
times as long as to fill it. Interpreters that live for one build would pay for it in every build.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from string.templatelib import Interpolation, Template
from typing import Any

MOST = 256
"""Templates that are known of at once. tdom keeps 512, of which Storytime's own take some."""
LONGEST = 20_000
"""Characters of one that is worth knowing; a longer one was hardly written by hand."""

type Strings = tuple[str, ...]
"""What a template is to its parser: the strings between its interpolations."""


_parsed: deque[Strings] = deque(maxlen=MOST)


def note_parsed() -> None:
    """Has this interpreter note from now on what tdom parses.

    It is noted where a parser is given its template, before it parses: so no traceback of an error
    in a template shows a line of this.
    """
    from tdom.parser import TemplateParser

    track_source = TemplateParser.track_source
    if track_source.__module__ == __name__:  # it does so already
        return

    def noting(parser: TemplateParser, template: Template) -> Any:
        _parsed.append(template.strings)
        return track_source(parser, template)

    TemplateParser.track_source = noting  # type: ignore[assignment, method-assign]


def parsed_so_far() -> list[Strings]:
    """What it parsed that is worth to be parsed ahead in the next interpreter."""
    return [strings for strings in _parsed if sum(map(len, strings)) <= LONGEST]


def parse_ahead(templates: Iterable[Sequence[str]]) -> None:
    """Has tdom parse them, so that a job finds them parsed."""
    from tdom.processor import CachedTemplateParserProxy

    parser = CachedTemplateParserProxy()  # all of them share one cache
    hole = Interpolation(None, "hole")
    for first, *others in templates:
        parts: list[str | Interpolation[Any]] = [first]
        for each in others:
            parts += (hole, each)
        with suppress(Exception):  # then the job has to say what is wrong with it
            parser.to_ttree(Template(*parts))
    _parsed.clear()
