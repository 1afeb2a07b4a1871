"""Where the t-strings of a source are, told by 3.13's own tokenizer.

3.13 doesn't know the prefix ``t``, but ``t`` and ``f`` are of one length and f-strings there have
the grammar that 3.14 gives to t-strings. So every ``t`` that might be a prefix is exchanged for an
``f``, and the tokenizer is asked which of them are: the others stand in comments or in other
strings, whose ends the exchange cannot move.
"""

import io
import re
import token
import tokenize
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate

# Patterns stay text until a source is compiled: an import that finds its bytecode cached doesn't
# pay for them.
_PREFIX = r"(?<!\w)(?:[tT][rR]?|[rR][tT])(?=['\"])"
_BRACE_ESCAPE = r"\\(?=[{}])"
_AS_F_STRING = str.maketrans("tT", "fF")


class Text:
    """A source whose lines end in ``\\n``, with its places as offsets in characters."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.split("\n")
        self._starts = list(accumulate((len(line) + 1 for line in self.lines), initial=0))

    def offset(self, line: int, column: int) -> int:
        """The offset of a column in characters, as `tokenize` counts."""
        return self._starts[line - 1] + column

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a place, both from 1, as a SyntaxError counts."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def byte_offset(self, line: int, column: int) -> int:
        """The offset of a column in UTF-8 bytes, as `ast` counts."""
        text = self.lines[line - 1]
        return self.offset(line, column if text.isascii() else len(text.encode()[:column].decode()))


@dataclass(slots=True)
class Literal:
    """A string literal of any kind. `end` is None while the literal is open."""

    start: int
    is_template: bool
    follows: "Literal | None"
    """The literal that it would be concatenated with."""
    end: int | None = None

    def covers(self, offset: int) -> bool:
        return self.start <= offset and (self.end is None or offset < self.end)


class Literals(Text):
    """The string literals of a source, up to where it can't be tokenized: parsing fails there too.

    `parsable` is the source with the prefix of each t-string exchanged: what 3.13's parser reads.
    `mixed` is the first literal that follows one with which the language refuses to concatenate it,
    as only one is a t-string.
    """

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.found: list[Literal] = []
        self.mixed: Literal | None = None
        self._comments: list[tuple[int, int]] = []
        candidates = {match.start() for match in re.finditer(_PREFIX, source)}
        if candidates:
            # The tokenizer warns of a backslash before a brace, as the parser will again.
            text = re.sub(_BRACE_ESCAPE, "_", _exchange(source, candidates))
            self._read_tokens(text, candidates)
        self.templates = {literal.start for literal in self.found if literal.is_template}
        self.parsable = _exchange(source, self.templates) if self.templates else source

    def _read_tokens(self, text: str, candidates: set[int]) -> None:
        opened: list[Literal] = []
        previous: Literal | None = None  # the literal that ended just before the token
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
                elif kind == token.COMMENT:
                    self._comments.append((self.offset(*start), self.offset(*end)))
                elif kind != token.NL:
                    previous = None
        except (tokenize.TokenError, SyntaxError):
            return  # the parser says better what is wrong

    def innermost(self, offset: int) -> Literal | None:
        """The literal that the place is in, or at whose start it is."""
        return next((literal for literal in reversed(self.found) if literal.covers(offset)), None)

    def without_comments(self, start: int, end: int) -> str:
        """The source between two places, as the language keeps the text of a field."""
        parts = []
        for comment_start, comment_end in self._comments[bisect_left(self._comments, (start, 0)) :]:
            if comment_start >= end:
                break
            parts.append(self.source[start:comment_start])
            start = comment_end
        return "".join([*parts, self.source[start:end]])


def _exchange(source: str, prefixes: set[int]) -> str:
    def exchanged(match: re.Match[str]) -> str:
        return match[0].translate(_AS_F_STRING) if match.start() in prefixes else match[0]

    return re.sub(_PREFIX, exchanged, source)
