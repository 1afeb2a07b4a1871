"""What is compared between 3.13 and 3.14, as plain data. Runs on both."""

import warnings
from collections.abc import Callable
from types import CodeType, TracebackType

type Compile = Callable[[bytes, str], CodeType]
type Data = str | int | list["Data"] | None

PATH = "nowhere.py"


def names() -> dict[str, object]:
    return {
        "x": 1,
        "y": 2,
        "w": 7,
        "a": [4, 5],
        "d": {"k": "v", "w": 3, "a=b": 1},
        "f": lambda *of: of,
        "é": "é",
    }


def value(compile_source: Compile, expression: str) -> Data:
    """Return the value of an expression in a module, or the kind and text of its exception."""
    namespace = names()
    try:
        exec(compile_source(f"result = {expression}".encode(), PATH), namespace)
    except Exception as error:
        return [type(error).__name__, str(error)]
    return _plain(namespace["result"])


def _plain(value: object) -> Data:
    from string.templatelib import Template  # 3.13 has it only after install()

    match value:
        case Template(strings=strings, interpolations=interpolations):
            fields = [
                [_plain(i.value), i.expression, i.conversion, i.format_spec] for i in interpolations
            ]
            return ["Template", list(strings), fields]
        case list() | tuple():
            return [type(value).__name__, *map(_plain, value)]
        case dict():
            return ["dict", *map(_plain, value.items())]
        case str() | bytes() | int() | float() | set() | None:
            return repr(value)
    return type(value).__name__


def syntax_error(compile_source: Compile, source: str) -> Data:
    """Return kind, message, start, end and line of the error, or None."""
    try:
        compile_source(source.encode(), PATH)
    except SyntaxError as error:
        place = [error.lineno, error.offset, error.end_lineno, error.end_offset]
        return [type(error).__name__, error.msg, *place, error.text and error.text.rstrip("\n")]
    return None


def warned(compile_source: Compile, source: str) -> Data:
    """Return text and line of each warning, and the error that the first one becomes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compile_source(source.encode(), PATH)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        *error, _ = syntax_error(compile_source, source) or [None]  # the line: no file holds it
    return [*([str(each.message), each.lineno] for each in caught), error]


def raised(compile_source: Compile, source: str) -> Data:
    """Return kind, text and positions of the exception, or None. Only the source's own frames
    count.
    """
    try:
        exec(compile_source(source.encode(), PATH), names())
    except Exception as error:
        return [type(error).__name__, str(error), _places(error.__traceback__)]
    return None


def _places(traceback: TracebackType | None) -> list[Data]:
    places: list[Data] = []
    while traceback:
        code = traceback.tb_frame.f_code
        if code.co_filename == PATH:
            places.append([code.co_name, *list(code.co_positions())[traceback.tb_lasti // 2]])
        traceback = traceback.tb_next
    return places
