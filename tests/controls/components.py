"""Components and props of many kinds, for tests of their controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass, field
from enum import Enum, Flag, IntEnum, StrEnum, auto
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, NewType

import attrs
import pydantic

from storytime import Range

if TYPE_CHECKING:
    from nowhere import Theme  # type: ignore[import-not-found]

type Size = Literal["small", "large"]
type Maybe[T] = T | None
type Endless = Endless | int  # type: ignore[misc]
UserId = NewType("UserId", int)


class Tone(StrEnum):
    INFO = "info"
    DANGER = "danger"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Shape(Enum):
    ROUND = ("round", 1)
    SQUARE = ("square", 4)


class Access(Flag):
    READ = auto()
    WRITE = auto()
    BOTH = READ | WRITE


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
    label: str | None = field(default=None, kw_only=True)


@dataclass
class Line:
    start: Point
    end: Point = field(default_factory=lambda: Point(9, 9))
    tags: list[str] = field(default_factory=list)
    length: float = field(init=False, default=1.5)


@dataclass
class Salted:
    text: str
    salt: InitVar[int]
    pepper: InitVar[str] = "p"

    def __post_init__(self, salt: int, pepper: str) -> None:
        self.seasoned = f"{self.text}{salt}{pepper}"


@dataclass
class Chain:
    name: str
    next: Chain | None = None


@dataclass
class Settings:
    dark: bool = False


@attrs.frozen(kw_only=True)
class Box:
    _width: int
    height: Annotated[int, Range(0, 10)] = 1
    tags: list[str] = attrs.field(factory=list)


class Person(pydantic.BaseModel):
    name: str = pydantic.Field(min_length=2, description="As in the passport")
    age: int = pydantic.Field(default=30, ge=18, lt=120)
    home: Point | None = None


class Field(pydantic.BaseModel):
    kind: str = pydantic.Field(alias="inputType")
    label: str = pydantic.Field(default="", alias="inputLabel")


class Pair(NamedTuple):
    left: str
    right: int = 1


def strings(size: Size, theme: Theme, points: Sequence[int], count: UserId = UserId(1)) -> str:
    return "<p></p>"


class Registry(type):
    def __call__(cls, *args: Any, **props: Any) -> Any:
        return super().__call__(*args, **props)


class Registered(metaclass=Registry):
    def __init__(self, size: str) -> None:
        self.size = size


class WithInit:
    def __init__(self, size: Size, count: int = 1) -> None:
        self.size = size

    def __call__(self, label: str) -> str:
        return "<p></p>"

    def method(self, label: str) -> str:
        return "<p></p>"


@dataclass
class Component:
    size: Size
    point: Point = field(default_factory=lambda: Point(1))

    def __html__(self) -> str:
        return "<p></p>"


def several(
    first: int, /, second: int, *rest: int, third: bool = False, **attributes: object
) -> str:
    return "<p></p>"


half = partial(several, 1, second=2)


class Hostile:
    """Raises whatever it is asked."""

    def __getattribute__(self, name: str) -> Any:
        raise SystemExit

    def __repr__(self) -> str:
        raise SystemExit

    def __eq__(self, other: object) -> bool:
        raise SystemExit

    def __hash__(self) -> int:
        raise SystemExit


class HostileMetadata:
    def __getattribute__(self, name: str) -> Any:
        raise SystemExit


class HostileType(type):
    def __getattribute__(cls, name: str) -> Any:
        raise SystemExit

    def __hash__(cls) -> int:
        raise SystemExit

    def __eq__(cls, other: object) -> bool:
        raise SystemExit


class HostileClass(metaclass=HostileType):
    pass


@dataclass
class HostileFields:
    a: int

    def __getattribute__(self, name: str) -> Any:
        raise SystemExit


HOSTILE: dict[str, Callable[[], Any]] = {
    "object": Hostile,
    "class": lambda: HostileClass,
    "fields": lambda: HostileFields(1),
    "list": lambda: [Hostile()],
    "dict": lambda: {"a": Hostile()},
    "metadata": lambda: Annotated[int, HostileMetadata()],
    "item": lambda: list[HostileClass],
    "exit": lambda: "exit()",
}
"""What is not in a test module or a parameter of a test, since pytest asks those."""
