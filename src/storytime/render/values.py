"""Formats values of props as text, and caches what is found out about objects."""

from collections.abc import Callable, Mapping, Sized
from dataclasses import fields, is_dataclass
from functools import partial
from inspect import getattr_static
from itertools import islice
from pprint import pformat
from string.templatelib import Template
from types import NoneType
from typing import Any, override

from ..ring.errors import Stop
from ..ring.text import printable, without_addresses

WIDTH = 80
"""Characters up to which a value stays on one line."""
LONGEST = 10_000
"""Characters that are shown of a value, or of a line of markup or source."""
LONGEST_PANEL = 500_000
"""Characters that are shown of a story's markup or source."""
LONGEST_TEXT = 2_000
"""Characters that are shown of a text or a repr in a value."""
MOST_ITEMS = 200
"""Items that are shown of a container."""
PLAIN = (int, float, bool, NoneType)


def by_identity[Key, Found](find: Callable[[Key], Found]) -> Callable[[Key], Found]:
    """Return a function that calls `find` once for each object.

    Authors' objects need not be hashable, and code is slow to hash. Objects are kept, so that their
    ids stay theirs.
    """
    known: dict[int, tuple[Key, Found]] = {}

    def found(key: Key) -> Found:
        if id(key) not in known:
            known[id(key)] = key, find(key)
        return known[id(key)][1]

    return found


def contained[Read](read: Callable[[], Read], otherwise: Read) -> Read:
    """Return what `read` gives, or `otherwise` if it raises what an author's object may raise."""
    try:
        return read()
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException:
        return otherwise


def shortened_lines(text: str) -> str:
    """Return a text of several lines with each of them, and all of it, shortened."""
    if len(text) <= LONGEST:
        return text
    return shortened("\n".join(map(shortened, text.split("\n"))), LONGEST_PANEL)


def shortened(text: str, longest: int = LONGEST) -> str:
    """Return the text, or its beginning and its length if it has more than `longest` characters."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def describe_props(props: object) -> dict[str, str]:
    """Return each prop's value as text, the same in every run (sets sorted, no addresses)."""
    if not isinstance(props, Mapping):
        return {}  # the story's page says what is wrong with them
    return {
        printable(name) if isinstance(name, str) else described(name): described(value)
        for name, value in props.items()
    }


def described(value: object) -> str:
    """Return a value as an author would write it, on several lines if it is long.

    Of long texts and containers the beginning is shown, with an ellipsis and how much there is.
    """
    kind = type(value)
    try:
        if kind in PLAIN or (kind is str and len(value) <= WIDTH):  # type: ignore[arg-type]
            text = repr(value)
            if len(text) <= WIDTH:  # `pformat` gives the same, slowly
                return printable(text)
        text = pformat(_in_order(value), width=WIDTH, compact=True, sort_dicts=False)
    except (KeyboardInterrupt, Stop):
        raise
    except BaseException as error:
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
    return printable(shortened(text))


class _Text:
    """Stands for a value in what `pformat` lays out."""

    def __init__(self, text: str) -> None:
        self.text = text

    @override
    def __repr__(self) -> str:
        return self.text


def _in_order(value: Any) -> Any:
    """Return the value with everything replaced by text that differs from run to run."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind in (str, bytes):
        unit = "characters" if kind is str else "bytes"
        cut = f"{value[:LONGEST_TEXT]!r}… ({len(value):,} {unit})"
        return _Text(cut) if len(value) > LONGEST_TEXT else value
    if kind is dict:
        pairs = {_in_order(k): _in_order(v) for k, v in islice(value.items(), MOST_ITEMS)}
        return pairs | dict.fromkeys(_rest(value), _Text("…"))
    if kind in (list, tuple):
        return kind([*map(_in_order, value[:MOST_ITEMS]), *_rest(value)])
    if kind in (set, frozenset) and value:
        texts = sorted(repr(_in_order(item)) for item in value)[:MOST_ITEMS]
        items = f"{{{', '.join([*texts, *map(repr, _rest(value))])}}}"
        return _Text(items if kind is set else f"frozenset({items})")
    # `dataclass` wraps the __repr__ that it makes against recursion; one without is as written.
    if is_dataclass(kind) and hasattr(kind.__repr__, "__wrapped__"):
        shown = [
            f"{each.name}={_in_order(getattr(value, each.name))!r}"
            for each in fields(value)
            if each.repr
        ]
        return _Text(f"{kind.__qualname__}({', '.join(shown)})")
    written = contained(partial(_as_written, value), None)
    text = without_addresses(repr(value)) if written is None else written
    return _Text(shortened(text, LONGEST_TEXT))


def _as_written(value: Any) -> str | None:
    """Return a Template as its t-string, and another object that is HTML as that; else None."""
    if isinstance(value, Template):
        return _t_string(value)
    is_html = not isinstance(value, (str, type)) and getattr_static(value, "__html__", None)
    return str(value.__html__()) if is_html else None


def _t_string(template: Template) -> str:
    parts = []
    for part in template:
        if isinstance(part, str):
            parts.append(part.replace("\\", "\\\\").replace("{", "{{").replace("}", "}}"))
            continue
        spec = f":{part.format_spec}" if part.format_spec else ""
        conversion = f"!{part.conversion}" if part.conversion else ""
        parts.append(f"{{{part.expression or described(part.value)}{conversion}{spec}}}")
    text = "".join(parts)
    quotes = '"' if "\n" not in text and '"' not in text else '"""'
    return f"t{quotes}{text}{quotes}"


def _rest(container: Sized) -> list[_Text]:
    """Return what stands for the items that are left out."""
    count = len(container) - MOST_ITEMS
    return [_Text(f"… {count:,} more")] if count > 0 else []
