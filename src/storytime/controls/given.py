"""What a state says, by its keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..render.values import shortened
from ..ring.text import printable

NONE = "!none"
EMPTY = "!empty"
NEW = "!new"
LONGEST_SHOWN = 60
"""Characters of a refused text that its error shows."""


@dataclass(frozen=True)
class StateError:
    """What is wrong with the part of a state that is about `name`, in one line."""

    name: str
    message: str


class Refused(Exception):
    """A state's text that doesn't fit. Its message is one line for people."""


class Given:
    """The texts of a state that no control has taken yet, by key, and what was refused."""

    def __init__(self, state: object) -> None:
        self.texts: dict[str, list[str]] = {}
        self.errors: list[StateError] = []
        for pair in state if isinstance(state, list | tuple) else [state]:
            match pair:
                case [str(key), str(text)] if key == printable(key):
                    self.texts.setdefault(key, []).append(text)
                case [str(key), str(_)]:
                    self.refuse(shortened(printable(key), LONGEST_SHOWN), "it is no valid Unicode")
                case _:
                    self.texts.clear()
                    self.errors = [StateError("", "expected a list of pairs [name, text]")]
                    return

    def refuse(self, name: str, message: str) -> None:
        self.errors.append(StateError(name, message))

    def take(self, key: str) -> list[str]:
        return self.texts.pop(key, [])

    def take_below(self, key: str) -> list[tuple[str, list[str]]]:
        """Return the names after `key` and a dot, each with its texts."""
        found = [each for each in self.texts if each.startswith(f"{key}.")]
        return [(each.removeprefix(f"{key}."), self.texts.pop(each)) for each in found]


def quoted(value: object) -> str:
    return shortened(repr(value), LONGEST_SHOWN)


def written(text: str | None) -> str:
    """Return a leaf's text, or None, as it stands in a state."""
    if text is None:
        return NONE
    return f"!{text}" if text.startswith("!") else text


def meant(text: str) -> str | None:
    """Return the leaf's text, or None, that stands in a state. Raises Refused."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused(f"expected valid Unicode, got {quoted(text)}") from None
    if text == NONE:
        return None
    if text.startswith("!") and not text.startswith("!!"):
        raise Refused(f"expected another ! before a text that begins with one, got {quoted(text)}")
    return text.removeprefix("!")


def one(texts: Sequence[str]) -> str:
    """Return the only text. Raises Refused if there are more."""
    if len(texts) > 1:
        raise Refused(f"expected one value, got {len(texts):,}")
    return texts[0]
