"""`compile_source`, apart from the cases that are compared with 3.14."""

import dataclasses
import inspect
import traceback
import typing
import warnings
from contextvars import ContextVar

import pytest
from conftest import MakeModule

from storytime_compat import compile_source


def run(source: str | bytes) -> dict[str, typing.Any]:
    namespace: dict[str, typing.Any] = {"__name__": "ran"}
    source = source if isinstance(source, bytes) else source.encode()
    exec(compile_source(source, "nowhere.py"), namespace)
    return namespace


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbfx = t'\xc3\xa9{1}'\r\ny = t'{\r\n2}'\r\n",
        "# coding: latin-1\nx = t'é{1}'\ny = t'{\n2}'\n".encode("latin-1"),
        "x = t'é{1}'\ry = t'{\r2}'".encode(),
    ],
    ids=["BOM and CRLF", "declared encoding", "CR"],
)
def test_encodings_and_line_ends_are_read_as_python_reads_them(source: bytes) -> None:
    namespace = run(source)
    assert namespace["x"].strings == ("é", "")
    assert namespace["y"].interpolations[0].expression == "\n2"


@pytest.mark.parametrize(
    "source", [b"# coding: nonsense\nt'x'", b"t'\xff'", b"\n\n\nt'\xff'", b"t'a'\0"]
)
def test_undecodable_file_raises_python_s_own_error(source: bytes) -> None:
    with pytest.raises(SyntaxError) as ours:
        compile_source(source, "nowhere.py")
    with pytest.raises(SyntaxError) as pythons:
        compile(source.replace(b"t'", b"'"), "nowhere.py", "exec")
    assert ours.value.msg == pythons.value.msg


def test_each_warning_is_given_once_and_names_the_file() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compile_source(rb"t'\{1}'; t'\d'; x = 1 is 1", "nowhere.py")
    assert [(each.filename, each.lineno) for each in caught] == [("nowhere.py", 1)] * 3


def test_deep_expression_in_a_t_string_compiles() -> None:
    deep = "+".join(["1"] * 2500)
    assert run(f"x = t'{{{deep}}}'")["x"].values == (2500,)


def test_docstring_and_future_imports_stay_first() -> None:
    namespace = run("'the docstring'\nfrom __future__ import generator_stop\nx = t'{1}'")
    assert namespace["__doc__"] == "the docstring"
    assert run("from __future__ import generator_stop")["generator_stop"]
    assert run("'the docstring'")["__doc__"] == "the docstring"


def test_t_string_is_not_a_docstring() -> None:
    assert run("t'text'\ndef f():\n    t'text'")["f"].__doc__ is None


def test_star_import_leaves_out_the_transform_s_names(module: MakeModule) -> None:
    made = module("x = t'{1}'")
    namespace: dict[str, object] = {}
    exec(f"from {made.__name__} import *", namespace)
    assert namespace.keys() - {"__builtins__"} == {"x"}


def test_module_without_t_strings_gets_no_extra_names(module: MakeModule) -> None:
    made = module("x = 't\"{1}\"' # t'no'")
    assert {name for name in vars(made) if not name.startswith("__")} == {"x"}
    assert not hasattr(made, "__template__")


def test_t_string_in_a_class_body_finds_its_helpers() -> None:
    assert run("class A:\n    x = 1\n    y = t'{x}'")["A"].y.values == (1,)


def test_fields_and_format_specs_are_evaluated_in_order() -> None:
    namespace = run(
        "order = []\ndef n(i):\n    order.append(i)\n    return i\n"
        "x = t'{n(1):{n(2)}}{n(3)}'\norder.append(4)"
    )
    assert namespace["order"] == [1, 2, 3, 4]
    assert namespace["x"].interpolations[0].format_spec == "2"


def test_field_may_await_and_yield() -> None:
    namespace = run(
        "async def f(g):\n    return t'{await g()}'\nasync def one():\n    return 1\n"
        "def h():\n    return t'{(yield 5)}'"
    )
    with pytest.raises(StopIteration) as ended:
        namespace["f"](namespace["one"]).send(None)
    assert ended.value.value.values == (1,)
    generator = namespace["h"]()
    assert next(generator) == 5
    with pytest.raises(StopIteration) as ended:
        generator.send(7)
    assert ended.value.value.values == (7,)


def test_walrus_in_a_field_binds_in_the_enclosing_scope() -> None:
    assert run("def f():\n    t'{(a := 5)}'\n    return a\nx = f()")["x"] == 5


FORWARD = """
import dataclasses, typing
type Pair = tuple[Later, Later]

def f(a: Later, *b: Later, c: list[Later] = (), **d: Missing) -> Later | None:
    local: Missing = 1

class A:
    x: Later
    y: typing.ClassVar[Later]
    def m(self, a: A) -> A: ...

@dataclasses.dataclass
class D:
    x: Later
    _: dataclasses.KW_ONLY
    y: typing.ClassVar[Later] = 1
    z: dataclasses.InitVar[Later] = 2

class N(typing.NamedTuple):
    x: Later

z: Later
class Later: ...
"""


def test_annotations_may_name_later_classes(module: MakeModule) -> None:
    made = module(FORWARD)
    assert [field.name for field in dataclasses.fields(made.D)] == ["x"]
    assert str(inspect.signature(made.D)).startswith("(x: 'Later', *, z:")
    assert made.N(1).x == 1


def test_deferred_annotations_resolve_later(module: MakeModule) -> None:
    made = module(FORWARD.replace("Missing", "Later"))
    assert typing.get_type_hints(made.f)["return"] == made.Later | None
    assert inspect.get_annotations(made.f, eval_str=True)["c"] == list[made.Later]
    assert inspect.signature(made.f, eval_str=True).parameters["b"].annotation is made.Later
    assert typing.get_type_hints(made.A) == {"x": made.Later, "y": typing.ClassVar[made.Later]}
    assert typing.get_type_hints(made.D)["x"] is made.Later
    assert typing.get_type_hints(made.N)["x"] is made.Later
    assert inspect.get_annotations(made, eval_str=True) == {"z": made.Later}


def test_t_string_in_a_deferred_annotation_resolves(module: MakeModule) -> None:
    made = module("from typing import Annotated\ndef f(x: Annotated[int, t'{1}']): ...")
    hint = typing.get_type_hints(made.f, include_extras=True)["x"]
    assert hint.__metadata__[0].values == (1,)


def test_with_block_resets_a_context_variable_at_its_end(module: MakeModule) -> None:
    made = module(
        "def f(variable):\n    with open(__file__) as file, variable.set(2) as token:\n"
        "        return variable.get(), token.old_value"
    )
    variable: ContextVar[int] = ContextVar("variable", default=1)
    outer = variable.set(1)
    assert made.f(variable) == (2, 1)
    assert variable.get() == 1
    variable.reset(outer)


def test_with_block_that_raises_resets_its_variable(module: MakeModule) -> None:
    made = module(
        "def f(variable):\n    with variable.set(2):\n        raise KeyError(variable.get())"
    )
    variable: ContextVar[int] = ContextVar("variable", default=1)
    with pytest.raises(KeyError, match="2"):
        made.f(variable)
    assert variable.get() == 1


def test_result_of_another_set_method_is_entered_unchanged(module: MakeModule) -> None:
    class Own:
        def set(self) -> "Own":
            return self

        def __enter__(self) -> str:
            return "own"

        def __exit__(self, *_: object) -> None: ...

    assert module("def f(own):\n    with own.set() as given: return given").f(Own()) == "own"


def test_traceback_marks_the_field_that_raised(module: MakeModule) -> None:
    made = module("def page(d):\n    return t'''\n  <p>{d['é']}</p>\n  <b>{d['none']}</b>'''\n")
    with pytest.raises(KeyError) as caught:
        made.page({"é": 1})
    lines = "".join(traceback.format_exception(caught.value)).splitlines()
    where = next(number for number, line in enumerate(lines) if "d['none']" in line)
    assert "line 4, in page" in lines[where - 1]
    below = lines[where + 1].ljust(len(lines[where]))
    marked = (shown for shown, mark in zip(lines[where], below, strict=True) if mark in "~^")
    assert "".join(marked) == "d['none']"


def test_optimize_argument_is_respected() -> None:
    namespace: dict[str, typing.Any] = {}
    exec(
        compile_source(b"'doc'\nassert not t'{1}'\nx = t'{1}'", "nowhere.py", optimize=2), namespace
    )
    assert "__doc__" not in namespace
    assert namespace["x"].values == (1,)
