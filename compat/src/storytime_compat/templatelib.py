"""`string.templatelib` (PEP 750) for Python 3.13.

Behaves like 3.14's, error messages included. The types there are built in, so the two can be told
apart only by introspection (flags, descriptors, the type of a template's iterator).
"""

from collections.abc import Iterable, Iterator
from itertools import chain, zip_longest
from operator import attrgetter
from types import GenericAlias
from typing import Literal, NoReturn


class Interpolation:
    """A field of a t-string: its value, source text, conversion and format spec."""

    __slots__ = ("_conversion", "_expression", "_format_spec", "_value")
    __match_args__ = ("value", "expression", "conversion", "format_spec")
    __class_getitem__ = classmethod(GenericAlias)

    value = property(attrgetter("_value"))
    expression = property(attrgetter("_expression"))
    conversion = property(attrgetter("_conversion"))
    format_spec = property(attrgetter("_format_spec"))

    def __new__(
        cls,
        value: object,
        expression: str = "",
        conversion: Literal["a", "r", "s"] | None = None,
        format_spec: str = "",
    ) -> "Interpolation":
        _require_str("expression", expression)
        if conversion is not None:
            _require_str("conversion", conversion)
            if conversion not in ("s", "a", "r"):
                what = "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'"
                raise ValueError(what)
        _require_str("format_spec", format_spec)
        self = super().__new__(cls)
        self._value = value
        self._expression = expression
        self._conversion = conversion
        self._format_spec = format_spec
        return self

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError(f"type '{__name__}.Interpolation' is not an acceptable base type")

    def __repr__(self) -> str:
        _, fields = self.__reduce__()
        return f"Interpolation{fields!r}"

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return Interpolation, (self.value, self.expression, self.conversion, self.format_spec)


class Template:
    """The strings of a t-string and the interpolations between them. Compares by identity.

    `strings` has one more item than `interpolations`; iteration skips empty strings.
    """

    __slots__ = ("_interpolations", "_strings")
    __class_getitem__ = classmethod(GenericAlias)

    strings = property(attrgetter("_strings"))
    interpolations = property(attrgetter("_interpolations"))

    def __new__(cls, *args: str | Interpolation, **kwargs: object) -> "Template":
        if kwargs:
            raise TypeError("Template.__new__ only accepts *args arguments")
        strings: list[str] = []
        interpolations: list[Interpolation] = []
        for part in args:
            if isinstance(part, str):
                if len(strings) > len(interpolations):
                    strings[-1] = _joined(strings[-1], part)
                else:
                    strings.append(part)
            elif isinstance(part, Interpolation):
                if len(strings) == len(interpolations):
                    strings.append("")
                interpolations.append(part)
            else:
                what = "Template.__new__ *args need to be of type 'str' or 'Interpolation', got"
                raise TypeError(f"{what} {type(part).__name__}")
        if len(strings) == len(interpolations):
            strings.append("")
        return cls._of(strings, interpolations)

    @classmethod
    def _of(cls, strings: Iterable[str], interpolations: Iterable[Interpolation]) -> "Template":
        self = super().__new__(cls)
        self._strings, self._interpolations = tuple(strings), tuple(interpolations)
        return self

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError(f"type '{__name__}.Template' is not an acceptable base type")

    @property
    def values(self) -> tuple[object, ...]:
        """The values of the interpolations."""
        return tuple(interpolation.value for interpolation in self.interpolations)

    def __iter__(self) -> Iterator[str | Interpolation]:
        for string, interpolation in zip_longest(self.strings, self.interpolations):
            if str.__len__(string):
                yield string
            if interpolation is not None:
                yield interpolation

    def __add__(self, other: object) -> "Template":
        if isinstance(other, Template):
            (*before, left), (right, *after) = self.strings, other.strings
            strings = [*before, _joined(left, right), *after]
            return self._of(strings, self.interpolations + other.interpolations)
        reflected = getattr(type(other), "__radd__", None)
        result = reflected(other, self) if reflected else NotImplemented
        if result is NotImplemented:
            ours = f"{__name__}.Template"
            raise TypeError(f'can only concatenate {ours} (not "{type(other).__name__}") to {ours}')
        return result

    def __radd__(self, other: object) -> NoReturn:
        if isinstance(other, str):
            # str's own message would name this class without its module.
            raise TypeError(f'can only concatenate str (not "{__name__}.Template") to str')
        return NotImplemented

    def __repr__(self) -> str:
        return f"Template(strings={self.strings!r}, interpolations={self.interpolations!r})"

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return _template_unpickle, (self.strings, self.interpolations)


def convert(obj: object, /, conversion: Literal["a", "r", "s"] | None) -> object:
    """Apply a conversion as an f-string does, or none for None. Raises ValueError for others."""
    match conversion:
        case None:
            return obj
        case "r":
            return repr(obj)
        case "s":
            return str(obj)
        case "a":
            return ascii(obj)
    raise ValueError(f"invalid conversion specifier: {conversion}")


# A part may be of a subclass of str whose own `+` does something else: markupsafe.Markup escapes.
_joined = str.__add__


def _require_str(name: str, given: object) -> None:
    if not isinstance(given, str):
        kind = "None" if given is None else type(given).__name__
        raise TypeError(f"Interpolation() argument '{name}' must be str, not {kind}")


def _template_unpickle(
    strings: tuple[str, ...], interpolations: tuple[Interpolation, ...]
) -> Template:
    """Rebuild a template; pickles refer to this function, those of 3.14 as well."""
    parts = chain.from_iterable(zip_longest(strings, interpolations))
    return Template(*(part for part in parts if part is not None))
