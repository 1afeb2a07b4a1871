"""Finds the t-strings in a source, with 3.13's own tokenizer.

3.13 doesn't know the prefix ``t``, but its f-strings have the grammar that 3.14 gives to t-strings.
So every ``t`` that might be a prefix is replaced by an ``f``, which keeps all positions, and the
tokenizer tells which of them are prefixes. The others are in comments or in other strings, where
the replacement can't move the end.
"""

import io
import re
import token
import tokenize
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter

# The patterns are compiled only when a source is: an import from cached bytecode doesn't need them.
_PREFIX = r"(?<!\w)(?:[tT][rR]?|[rR][tT])(?=['\"])"
_BRACE_ESCAPE = r"\\(?=[{}])"
_COMMENT = r"""(?s:(\\.|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?))|#.*"""
_AS_F_STRING = str.maketrans("tT", "fF")


class Text:
    """A source whose lines end in ``\\n``; offsets count characters."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.split("\n")
        self._starts = list(accumulate((len(line) + 1 for line in self.lines), initial=0))

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and a column in characters, as `tokenize` counts."""
        return self._starts[line - 1] + column

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and column of an offset, both from 1, as in a SyntaxError."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def byte_offset(self, line: int, column: int) -> int:
        """Return the offset of a line and a column in UTF-8 bytes, as `ast` counts."""
        text = self.lines[line - 1]
        return self.offset(line, column if text.isascii() else len(text.encode()[:column].decode()))


@dataclass(slots=True)
class Literal:
    """A string literal of any kind. `end` is None while the literal is open."""

    start: int
    is_template: bool
    follows: "Literal | None"
    """The literal before it that it is concatenated with."""
    end: int | None = None

    def covers(self, offset: int) -> bool:
        return self.start <= offset and (self.end is None or offset < self.end)


class Literals(Text):
    """The string literals of a source, up to the first tokenizer error (which parsing reports).

    `parsable` is the source for 3.13's parser: the prefix of each t-string is an f. `mixed` is the
    first literal that can't be concatenated with the one before it, as only one is a t-string.
    """

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.found: list[Literal] = []
        self.mixed: Literal | None = None
        candidates = {match.start() for match in re.finditer(_PREFIX, source)}
        if candidates:
            # The tokenizer would warn about a backslash before a brace, and the parser again.
            text = re.sub(_BRACE_ESCAPE, "_", _exchange(source, candidates))
            self._read_tokens(text, candidates)
        self.templates = {literal.start for literal in self.found if literal.is_template}
        self.parsable = _exchange(source, self.templates) if self.templates else source

    def _read_tokens(self, text: str, candidates: set[int]) -> None:
        opened: list[Literal] = []
        previous: Literal | None = None  # the literal that ended right before the token
        try:
            for kind, _, start, end, _ in tokenize.generate_tokens(io.StringIO(text).readline):
                if kind in (token.FSTRING_START, token.STRING):
                    place = self.offset(*start)
                    is_template = kind == token.FSTRING_START and place in candidates
                    opened.append(Literal(place, is_template, previous))
                    self.found.append(opened[-1])
                    previous = None
                if kind in (token.FSTRING_END, token.STRING):
                    previous = opened.pop()
                    previous.end = self.offset(*end)
                    if previous.follows and previous.follows.is_template != previous.is_template:
                        self.mixed = self.mixed or previous
                elif kind not in (token.COMMENT, token.NL):
                    previous = None
        except (tokenize.TokenError, SyntaxError):
            return  # the parser has the better message

    def innermost(self, offset: int, *, started_before: bool = False) -> Literal | None:
        """Return the innermost literal around an offset.

        With `started_before`, leave out a literal that starts at the offset itself.
        """
        around = (
            literal
            for literal in self.found
            if literal.covers(offset) and not (started_before and literal.start == offset)
        )
        return max(around, key=attrgetter("start"), default=None)

    def field_text(self, start: int, end: int) -> str:
        """Return the source of a field as CPython keeps it: without comments.

        Like CPython (`_PyLexer_set_ftstring_expr` in Parser/lexer/lexer.c) it counts quotes to tell
        comments from strings, so it keeps a comment in a field of a nested string.
        """
        return re.sub(_COMMENT, r"\1", self.source[start:end])


def _exchange(source: str, prefixes: set[int]) -> str:
    def exchanged(match: re.Match[str]) -> str:
        return match[0].translate(_AS_F_STRING) if match.start() in prefixes else match[0]

    return re.sub(_PREFIX, exchanged, source)
