"""What a component takes, as text, for every kind of component and whatever its code does."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from string.templatelib import Interpolation, Template
from typing import Any

import pytest
from markupsafe import Markup

from storytime.render.parameters import Properties, Property, Targets
from storytime.render.values import described

from ..components import Card, annotated_for_the_type_checker, button


def one(target: object, props: object = None, *, name: str) -> Property:
    (found,) = (each for each in described_all(target, props) if each.name == name)
    return found


def described_all(target: object, props: object = None) -> tuple[Property, ...]:
    return describe_properties(target, {} if props is None else props).properties


def describe_properties(target: object, props: object) -> Properties:
    return Targets().describe(target, props)


def link(
    text: str, /, href: str = "#", *further: int, kind: str | None = None, **rest: bool
) -> str:
    """A way
    out.

        Indented.
    """
    return f"{text}{href}{further}{kind}{rest}"


def test_function_is_described_with_every_kind_of_parameter() -> None:
    assert describe_properties(link, {"href": "/", "new": True}) == Properties(
        "link",
        __name__,
        "A way\nout.\n\n    Indented.",
        (
            Property("text", type="str", required=True, notes=("positional only",)),
            Property("href", "'/'", given=True, type="str", default="'#'"),
            Property("further", type="int", notes=("any further positional",)),
            Property("kind", type="str | None", default="None", notes=("keyword only",)),
            Property("rest", type="bool", notes=("any further keywords",)),
            Property("new", "True", given=True, type="bool", notes=("any further keywords",)),
        ),
    )


def test_component_of_another_module_is_described() -> None:
    assert describe_properties(button, {"text": "OK"}) == Properties(
        "button",
        "tests.components",
        "",
        (Property("text", "'OK'", given=True, type="str", required=True),),
    )


def test_annotation_for_the_type_checker_is_shown_as_written() -> None:
    assert one(annotated_for_the_type_checker, name="story").type == "Theme"
    described = describe_properties(annotated_for_the_type_checker, {})
    assert described.name == "annotated_for_the_type_checker"


@dataclass
class Panel:
    title: str
    items: list[str] = field(default_factory=list)
    made: dict[str, int] = field(default_factory=lambda: {"a": 1})
    size: int = field(default=2, kw_only=True)
    shown: bool = field(default=True, init=False)


@dataclass
class Documented:
    """Its own words."""

    size: int


def test_dataclass_is_described_by_its_fields() -> None:
    assert describe_properties(Panel, {"items": ["a"]}) == Properties(
        "Panel",
        __name__,
        "",
        (
            Property("title", type="str", required=True),
            Property("items", "['a']", given=True, type="list[str]", default="list()"),
            Property("made", type="dict[str, int]", default="made anew each time"),
            Property("size", type="int", default="2", notes=("keyword only",)),
        ),
    )
    assert describe_properties(Documented, {}).docstring == "Its own words."
    assert one(Card, name="text").type == "str"


@pytest.mark.skipif(
    "doc" not in inspect.signature(field).parameters, reason="fields have docs from 3.14 on"
)
def test_field_s_own_documentation_is_its_description() -> None:
    @dataclass
    class Sized:
        size: int = field(default=1, doc="In pixels.")

    assert one(Sized, name="size").description == "In pixels."


class Callable_:
    """A component with a state."""

    def __call__(self, text: str) -> str:
        return text


def traced[**P](function: Callable[P, str]) -> Callable[P, str]:
    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> str:
        return function(*args, **kwargs)

    return wrapper


@pytest.mark.parametrize(
    ("target", "name", "docstring", "parameters"),
    [
        (functools.partial(link, "x", kind="a"), "link", "A way", ["href", "further", "kind"]),
        (Callable_(), "Callable_", "A component with a state.", ["text"]),
        (Callable_().__call__, "Callable_.__call__", "", ["text"]),
        (traced(link), "link", "A way", ["text", "href", "further", "kind", "rest"]),
        (functools.cache(link), "link", "A way", ["text", "href", "further", "kind", "rest"]),
        (str.upper, "str.upper", "Return a copy", ["self"]),
        (dict, "dict", "dict()", []),
        (lambda text: text, "<lambda>", "", ["text"]),
        (None, "", "", []),
    ],
    ids=["partial", "object", "method", "wrapped", "cached", "builtin", "class", "lambda", "none"],
)
def test_every_kind_of_component_is_described(
    target: object, name: str, docstring: str, parameters: list[str]
) -> None:
    described = describe_properties(target, {})
    assert described.name.rpartition("<locals>.")[2] == name
    assert described.docstring.startswith(docstring)
    names = [each.name for each in described.properties]
    assert names[: len(parameters)] == parameters
    assert bool(names) == bool(parameters)


def test_argument_of_a_partial_is_the_default() -> None:
    assert one(functools.partial(link, "x", href="/"), name="href").default == "'/'"


def test_unknown_prop_is_marked() -> None:
    assert described_all(button, {"texxt": 1})[1] == Property(
        "texxt", "1", given=True, notes=("not a parameter of the target",)
    )
    assert described_all(dict, {"a": 1}) == (
        Property("a", "1", given=True, notes=("not a parameter of the target",)),
    )
    assert one(link, {"text": 1}, name="further").given is False
    assert described_all(link, {"text": 1})[-1].notes == ("any further keywords",)


@pytest.mark.parametrize("props", [None, "text", 5, ["text"]])
def test_props_that_are_not_a_mapping_give_no_values(props: object) -> None:
    (found,) = describe_properties(button, props).properties
    assert not found.given


@dataclass
class Picture:
    source: object


LONG = "data:image/png;base64," + "A" * 4_000_000


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        (LONG, "'… (4,000,022 characters)"),
        (LONG.encode(), "'… (4,000,022 bytes)"),
        (Markup(LONG), "… (4,000,032 characters)"),
        (Picture(LONG), "'… (4,000,022 characters))"),
        ({"source": [LONG]}, "'… (4,000,022 characters)]}"),
        ([0] * 1_000_000, " … 999,800 more]"),
        (dict.fromkeys(range(1_000_000)), " … 999,800 more: …}"),
        (set(range(1_000_000)), " … 999,800 more}"),
        ([LONG] * 1_000_000, " characters)"),
    ],
    ids=["str", "bytes", "markup", "dataclass", "nested", "list", "dict", "set", "long list"],
)
def test_long_values_are_cut_with_an_ellipsis_and_their_length(value: object, ends: str) -> None:
    text = one(button, {"text": value}, name="text").value
    assert len(text) < 11_000
    assert text.endswith(ends)


class Broken(Exception):
    pass


class Hostile:
    """Raises whatever it is asked, as a component, as a default and as an annotation."""

    def __getattribute__(self, name: str) -> Any:
        raise Broken(name)

    def __repr__(self) -> str:
        raise SystemExit("\ud800")

    def __call__(self, text: str) -> str:
        return text

    def __eq__(self, other: object) -> bool:
        raise Broken

    __hash__ = None  # type: ignore[assignment]


class Meta(type):
    def __getattribute__(cls, name: str) -> Any:
        raise RecursionError(name)


class Class(metaclass=Meta):
    pass


def with_broken_parts(size: int = Hostile(), text="\ud800") -> str:  # type: ignore[no-untyped-def, assignment]
    return ""


with_broken_parts.__annotations__ = {"size": Hostile(), "text": "\ud800"}
with_broken_parts.__doc__ = "\ud800"


def endless() -> None: ...


endless.__wrapped__ = endless  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "make",
    [Hostile, lambda: Class, lambda: endless, lambda: with_broken_parts],
    ids=["object", "class", "wrapped by itself", "parts"],
)
def test_whatever_a_component_raises_is_contained(make: Callable[[], object]) -> None:
    described = describe_properties(make(), {"size": Hostile()})
    (size,) = (each for each in described.properties if each.name == "size")
    assert size.value == "<Hostile, whose repr raises SystemExit>"
    for text in (
        described.name,
        described.docstring,
        *(each.type for each in described.properties),
    ):
        text.encode()


def test_keyboard_interrupt_is_not_contained() -> None:
    class Interrupting:
        def __getattr__(self, name: str) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        describe_properties(Interrupting(), {})


def test_component_is_read_once_for_all_its_stories() -> None:
    reads = []

    class Counting:
        @property
        def __signature__(self) -> inspect.Signature:
            reads.append(1)
            return inspect.signature(button)

        def __call__(self) -> str:
            return ""

    target, targets = Counting(), Targets()
    assert targets.describe(target, {"text": 1}).properties[0].value == "1"
    once = len(reads)
    assert targets.describe(target, {"text": 2}).properties[0].value == "2"
    assert len(reads) == once > 0


class Tag:
    def __init__(self, html: object) -> None:
        self.html = html

    def __html__(self) -> Any:
        return self.html if isinstance(self.html, str) else self.html / 0  # type: ignore[operator]


@dataclass
class Part:
    size: int

    def __html__(self) -> str:
        return "<p>"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            Template("a ", Interpolation(1, "x", "r", ">3"), " {} \\"),
            't"a {x!r:>3} {{}} \\\\"',
        ),
        (Template('<b class="c">', Interpolation(1, "a.b[0]")), 't"""<b class="c">{a.b[0]}"""'),
        (Template("a\nb"), 't"""a\nb"""'),
        (Template("a", Interpolation([1])), 't"a{[1]}"'),
        ([Template("a"), Tag("<b>")], '[t"a", <b>]'),
        (Tag("<p class='a'>\n</p>"), "<p class='a'>\n</p>"),
        (Tag(1), f"<{__name__}.Tag object>"),
        (Tag, f"<class '{__name__}.Tag'>"),
        (Markup("<b>"), "Markup('<b>')"),
        (Part(3), "Part(size=3)"),
        (Tag("x" * 3_000), f"{'x' * 2_000}… (3,000 characters)"),
    ],
    ids=range(11),
)
def test_html_is_shown_as_its_author_wrote_it(value: object, expected: str) -> None:
    assert described(value) == expected
