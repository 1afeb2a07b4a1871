"""`string.templatelib` through its constructors; test_against_3_14 covers the literals."""

import copy
import pickle
import string
import sys
import weakref
from collections.abc import Callable
from string.templatelib import Interpolation, Template, convert

import pytest


def test_every_form_of_import_gives_the_same_module() -> None:
    import string.templatelib
    import string.templatelib as aliased
    from string import templatelib
    from string.templatelib import Template as Imported

    assert aliased is templatelib is string.templatelib is sys.modules["string.templatelib"]
    assert Imported is aliased.Template


def test_classes_and_functions_have_the_module_s_name() -> None:
    assert {Template.__module__, Interpolation.__module__, convert.__module__} == {
        "string.templatelib"
    }
    assert [Template.__qualname__, Interpolation.__qualname__] == ["Template", "Interpolation"]


def test_there_is_always_one_more_string_than_interpolations() -> None:
    one, two = Interpolation(1), Interpolation(2)
    assert Template().strings == ("",)
    assert Template("a", "b").strings == ("ab",)
    assert Template(one, two).strings == ("", "", "")
    assert Template("a", one, "b", "c", two).strings == ("a", "bc", "")
    assert Template("a", one, "b", "c", two).interpolations == (one, two)
    assert Template(one, two).values == (1, 2)


def test_iteration_skips_empty_strings() -> None:
    one, two = Interpolation(1), Interpolation(2)
    assert list(Template(one, two)) == [one, two]
    assert list(Template("a", one, "", two, "b")) == ["a", one, two, "b"]
    assert list(Template()) == []


def test_exhausted_iterator_stays_exhausted() -> None:
    iterator = iter(Template(Interpolation(1)))
    assert [next(iterator, "end") for _ in range(3)][1:] == ["end", "end"]


def test_adding_templates_joins_the_adjacent_strings() -> None:
    one, two = Interpolation(1), Interpolation(2)
    added = Template("a", one, "b") + Template("c", two)
    assert (added.strings, added.interpolations) == (("a", "bc", ""), (one, two))


class Loud(str):
    """A str that works otherwise, as markupsafe.Markup does."""

    def __add__(self, other: str) -> str:
        return Loud("add")

    def __radd__(self, other: str) -> str:
        return Loud("radd")

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0


ONE = Interpolation(1)


@pytest.mark.parametrize(
    ("template", "strings", "kinds"),
    [
        (Template(Loud("a")), ("a",), [Loud]),
        (Template("<a>", Loud("<b>")), ("<a><b>",), [str]),
        (Template(Loud("<a>"), "<b>"), ("<a><b>",), [str]),
        (Template(Loud("a"), Loud("")), ("a",), [str]),
        (Template("", Loud("a")), ("a",), [str]),
        (Template(ONE, Loud("a"), ONE), ("", "a", ""), [str, Loud, str]),
        (Template("a") + Template(Loud("b")), ("ab",), [str]),
        (Template(Loud("a")) + Template(), ("a",), [str]),
        (Template(Loud("a"), ONE) + Template(ONE, Loud("b")), ("a", "", "b"), [Loud, str, Loud]),
    ],
)
def test_parts_of_a_str_subclass_are_joined_like_str(
    template: Template, strings: tuple[str, ...], kinds: list[type]
) -> None:
    assert template.strings == strings
    assert [type(string) for string in template.strings] == kinds
    assert [part for part in template if isinstance(part, str)] == [s for s in strings if s]


class Reflected:
    def __radd__(self, other: object) -> str:
        return "reflected"


NOT_TO_TEMPLATE = (
    'can only concatenate string.templatelib.Template (not "{}") to string.templatelib.Template'
)


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (lambda t: t + "x", NOT_TO_TEMPLATE.format("str")),
        (lambda t: t + 1, NOT_TO_TEMPLATE.format("int")),
        (lambda t: t + b"x", NOT_TO_TEMPLATE.format("bytes")),
        (
            lambda t: "x" + t,
            'can only concatenate str (not "string.templatelib.Template") to str',
        ),
        (lambda t: 1 + t, "unsupported operand type(s) for +: 'int' and 'Template'"),
    ],
)
def test_only_a_template_can_be_added_to_one(add: Callable[..., object], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        add(Template("a"))
    assert str(caught.value) == message


def test_radd_of_the_other_operand_is_called() -> None:
    assert Template("a") + Reflected() == "reflected"


def test_templates_and_interpolations_compare_by_identity() -> None:
    one = Interpolation(1, "x")
    template = Template("a", one)
    assert template in [template]
    assert template.__eq__(template) is True
    assert template != Template("a", one)
    assert one != Interpolation(1, "x")
    assert len({template, Template("a", one), one, Interpolation(1, "x")}) == 4


def test_reprs_are_those_of_3_14() -> None:
    one = Interpolation("v", "x", "r", ">3")
    assert repr(one) == "Interpolation('v', 'x', 'r', '>3')"
    assert repr(Template("a", one)) == f"Template(strings=('a', ''), interpolations=({one!r},))"


@pytest.mark.parametrize("name", ["strings", "interpolations", "values", "unknown"])
def test_attributes_of_a_template_are_read_only(name: str) -> None:
    template = Template("a")
    with pytest.raises(AttributeError):
        setattr(template, name, ())
    with pytest.raises(AttributeError):
        delattr(template, name)


@pytest.mark.parametrize("name", ["value", "expression", "conversion", "format_spec", "unknown"])
def test_attributes_of_an_interpolation_are_read_only(name: str) -> None:
    interpolation = Interpolation(1)
    with pytest.raises(AttributeError):
        setattr(interpolation, name, "s")
    with pytest.raises(AttributeError):
        delattr(interpolation, name)


def test_interpolation_can_be_matched_by_position() -> None:
    match Interpolation(1, "x", "r", ">3"):
        case Interpolation(value, expression, conversion, format_spec):
            assert (value, expression, conversion, format_spec) == (1, "x", "r", ">3")
        case _:
            pytest.fail("no match")


def test_interpolation_has_defaults_and_takes_keywords() -> None:
    bare = Interpolation(1)
    assert (bare.value, bare.expression, bare.conversion, bare.format_spec) == (1, "", None, "")
    named = Interpolation(format_spec="f", conversion="s", expression="e", value=1)
    assert repr(named) == "Interpolation(1, 'e', 's', 'f')"


NO_STR = "Interpolation() argument '{}' must be str, not {}"
NO_CONVERSION = "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'"
NO_BASE = "type 'string.templatelib.{}' is not an acceptable base type"
NO_PART = "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {}"


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: Interpolation(1, 2), TypeError, NO_STR.format("expression", "int")),
        (lambda: Interpolation(1, None), TypeError, NO_STR.format("expression", "None")),
        (lambda: Interpolation(1, "e", 2), TypeError, NO_STR.format("conversion", "int")),
        (lambda: Interpolation(1, "e", "z"), ValueError, NO_CONVERSION),
        (lambda: Interpolation(1, "e", "ar"), ValueError, NO_CONVERSION),
        (lambda: Interpolation(1, "e", ""), ValueError, NO_CONVERSION),
        (
            lambda: Interpolation(1, "e", None, None),
            TypeError,
            NO_STR.format("format_spec", "None"),
        ),
        (lambda: Template(1), TypeError, NO_PART.format("int")),
        (lambda: Template(b"x"), TypeError, NO_PART.format("bytes")),
        (lambda: Template(a="b"), TypeError, "Template.__new__ only accepts *args arguments"),
        (lambda: type("Sub", (Template,), {}), TypeError, NO_BASE.format("Template")),
        (lambda: type("Sub", (Interpolation,), {}), TypeError, NO_BASE.format("Interpolation")),
        (lambda: convert(1, "z"), ValueError, "invalid conversion specifier: z"),
        (lambda: convert(1, 1), ValueError, "invalid conversion specifier: 1"),
    ],
)
def test_errors_have_the_messages_of_3_14(
    make: Callable[[], object], kind: type, message: str
) -> None:
    with pytest.raises(kind) as caught:
        make()
    assert str(caught.value) == message


def test_convert_works_like_an_f_string_conversion() -> None:
    assert [convert("é", how) for how in (None, "s", "r", "a")] == ["é", "é", "'é'", r"'\xe9'"]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_and_copies_are_equal_in_content(protocol: int) -> None:
    template = Template("a", Interpolation([1], "x", "r", ">3"), "b")
    for again in (
        pickle.loads(pickle.dumps(template, protocol)),
        copy.copy(template),
        copy.deepcopy(template),
    ):
        assert repr(again) == repr(template)


def test_pickle_written_by_3_14_can_be_read() -> None:
    written = (  # pickle.dumps(Template("a", Interpolation(1, "x"), "b"), 0) on 3.14.10
        b"cstring.templatelib\n_template_unpickle\np0\n((Va\np1\nVb\np2\ntp3\n(cstring.templatelib\nInterpolation\np4\n"
        b"(I1\nVx\np5\nNV\np6\ntp7\nRp8\ntp9\ntp10\nRp11\n."
    )
    assert repr(pickle.loads(written)) == repr(Template("a", Interpolation(1, "x"), "b"))


def test_classes_can_be_subscripted_but_not_weakly_referenced() -> None:
    assert repr(Template[int]) == "string.templatelib.Template[int]"
    assert Interpolation[int].__origin__ is Interpolation
    for each in (Template(), Interpolation(1)):
        with pytest.raises(TypeError):
            weakref.ref(each)


def test_string_module_is_unchanged() -> None:
    assert string.Template("$a").substitute(a=1) == "1"
    assert not hasattr(string, "__path__")
