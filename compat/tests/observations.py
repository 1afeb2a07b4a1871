"""What 3.14 and 3.13 are compared by, as plain data. Runs on both."""

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
    """What a module that holds `expression` makes of it; of an exception its kind and text."""
    namespace = names()
    try:
        exec(compile_source(f"result = {expression}".encode(), PATH), namespace)
    except Exception as error:
        return [type(error).__name__, str(error)]
    return _plain(namespace["result"])


def _plain(value: object) -> Data:
    from string.templatelib import Template  # on 3.13 there only once the hook is installed

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
    """Kind, message, start, end and shown line of the error; None without one."""
    try:
        compile_source(source.encode(), PATH)
    except SyntaxError as error:
        place = [error.lineno, error.offset, error.end_lineno, error.end_offset]
        return [type(error).__name__, error.msg, *place, error.text and error.text.rstrip("\n")]
    return None


def raised(compile_source: Compile, source: str) -> Data:
    """Kind and text of the exception, and the lines and columns that the source's own frames
    point to.
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
