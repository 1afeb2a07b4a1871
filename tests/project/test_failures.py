"""Exceptions of user code become plain, printable data, even if they can't be printed."""

import importlib
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

import storytime
from storytime import BuildFailed, BuildFailure, Story, StorytimeError
from storytime.errors import RaisedInInterpreter, by_cause, from_ring
from storytime.project.failures import describe, failure_from, frame_kind, shown_failure
from storytime.render.component import render_story, to_html
from storytime.ring.errors import JobRaised
from storytime.ring.tracebacks import LONGEST_MESSAGE, LONGEST_TRACEBACK, described_stack

from ..support import Catalog, write

HERE = str(Path(__file__))


def caught(error: BaseException) -> BaseException:
    """Raise an exception in this file and return it."""
    try:
        raise error
    except BaseException as raised:
        return raised


class SilentError(Exception):
    def __str__(self) -> str:
        raise ValueError


class FatalToPrintError(Exception):
    def __str__(self) -> str:
        raise SystemExit


class UnpicklableError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(lambda: name)

    def __str__(self) -> str:
        return "unpicklable"


class ClosedError(Exception):
    @property
    def __cause__(self) -> NoReturn:  # type: ignore[override]
        raise ValueError


class FatalToAsk:
    def __getattr__(self, name: str) -> NoReturn:
        raise SystemExit(name)

    def __dir__(self) -> NoReturn:
        raise SystemExit


def recursion() -> BaseException:
    def deeper() -> None:
        deeper()

    try:
        deeper()
    except RecursionError as error:
        return error
    raise AssertionError


def chained() -> BaseException:
    error = ValueError("first")
    for number in range(3_000):
        error, cause = ValueError(f"link {number}"), error
        error.__cause__ = cause
    return error


def noted() -> BaseException:
    error = ValueError("first line\nsecond line")
    error.add_note("a note")
    return error


def misplaced() -> BaseException:
    error = SyntaxError("odd")
    wrong: dict[str, Any] = {"filename": 5, "lineno": "x", "text": object()}
    for name, value in wrong.items():
        setattr(error, name, value)
    return error


GROUP = ExceptionGroup("two of them", [ValueError("one"), ExceptionGroup("more", [KeyError("k")])])


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("no such colour"), "ValueError: no such colour"),
        (ValueError(), "ValueError"),
        (ValueError("\n\n"), "ValueError:"),
        (noted(), "ValueError: first line"),
        (SilentError(), "SilentError: <exception str() failed>"),
        (FatalToPrintError(), "FatalToPrintError: <exception str() failed>"),
        (UnpicklableError("x"), "UnpicklableError: unpicklable"),
        (ClosedError("x"), "ClosedError object>, which can't be described"),
        (AttributeError("x", name="y", obj=FatalToAsk()), "AttributeError"),
        (ValueError("\ud800"), "ValueError: \\ud800"),
        (ValueError("\x1b[31m\x00"), "ValueError: \x1b[31m\x00"),
        (ValueError(object()), "ValueError: <object object>"),
        (MemoryError(), "MemoryError"),
        (SystemExit(3), "SystemExit: 3"),
        (GeneratorExit(), "GeneratorExit"),
        (recursion(), "RecursionError: maximum recursion depth exceeded"),
        (chained(), "ValueError: link 2999"),
        (GROUP, "ExceptionGroup: two of them (2 sub-exceptions)"),
        (BaseExceptionGroup("b", [SystemExit()]), "BaseExceptionGroup: b (1 sub-exception)"),
        (misplaced(), "SyntaxError: odd"),
        (KeyError("<b>"), "KeyError: '<b>'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_exception_becomes_one_line_of_plain_text(error: BaseException, message: str) -> None:
    described = describe(caught(error))
    said = described["message"].replace(f"{__name__}.", "")
    assert message in said
    assert "\n" not in said
    assert json.loads(json.dumps(described)) == described
    assert f"{described['message']}{described['traceback']}".encode()
    assert described["file"] == HERE


def test_traceback_includes_notes_causes_and_groups() -> None:
    GROUP.__cause__ = KeyError("the cause")
    told = describe(caught(noted()))["traceback"]
    assert "ValueError: first line\nsecond line\na note" in told
    told = describe(caught(GROUP))["traceback"]
    assert "KeyError: 'the cause'" in told
    assert "ValueError: one" in told
    assert "KeyError: 'k'" in told


def lacking_a_name() -> None:
    from storytime import no_such  # noqa: F401


def lacking_a_module() -> None:
    import no_such.below  # type: ignore[import-not-found]  # noqa: F401


def lacking_a_file() -> None:
    open("no/such.json")  # noqa: SIM115


def behind_others() -> None:
    try:
        lacking_a_file()
    except OSError as error:
        raise ExceptionGroup("two", [ValueError("x"), KeyError("y")]) from error


def in_a_group() -> None:
    errors = []
    for lacking in (lacking_a_name, lacking_a_module, lacking_a_file):
        try:
            lacking()
        except Exception as error:
            errors.append(error)
    raise ExceptionGroup("all", errors)


def suppressed() -> None:
    try:
        lacking_a_module()
    except ImportError:
        raise ValueError("x") from None


class EvasiveError(ImportError):
    @property
    def name(self) -> NoReturn:  # type: ignore[override]
        raise SystemExit


def evasive() -> None:
    raise EvasiveError


def unprintable() -> None:
    raise ModuleNotFoundError(name="\ud800")


@pytest.mark.parametrize(
    ("fail", "imports", "files"),
    [
        (lacking_a_name, {"storytime:no_such"}, set()),
        (lacking_a_module, {"no_such"}, set()),
        (lacking_a_file, set(), {"no/such.json"}),
        (behind_others, set(), {"no/such.json"}),
        (in_a_group, {"storytime:no_such", "no_such"}, {"no/such.json"}),
        (suppressed, set(), set()),
        (evasive, set(), set()),
        (unprintable, set(), set()),
    ],
)
def test_failure_keeps_what_could_not_be_imported_or_opened(
    fail: Callable[[], None], imports: set[str], files: set[str]
) -> None:
    with pytest.raises(BaseException) as raised:  # noqa: PT011
        fail()
    failure = failure_from("a", raised.value)
    assert (set(failure.missing_imports), set(failure.missing_files)) == (imports, files)
    data = json.loads(json.dumps(BuildFailed([failure], written=True).to_data()))
    again = StorytimeError.from_data(data)
    assert isinstance(again, BuildFailed)
    assert again.failures == (failure,)


def test_long_message_is_shortened_in_the_middle() -> None:
    error = caught(ValueError("a" * 1_000_000 + "z"))
    described = describe(error)
    assert len(described["message"]) < LONGEST_MESSAGE + 100
    assert len(described["traceback"]) < LONGEST_TRACEBACK + 100
    assert "\n" not in described["message"]
    for text in described["message"], described["traceback"].rstrip():
        assert re.search(r"a\s… \d+ characters left out …\sa+z$", text)


def test_addresses_are_left_out_of_messages() -> None:
    first, second = object(), object()
    texts = [describe(caught(ValueError(f"no {each}"))) for each in (first, second)]
    assert texts[0]["message"] == texts[1]["message"] == "ValueError: no <object object>"
    assert "0x" not in texts[0]["traceback"]


def test_keyboard_interrupt_is_raised_again() -> None:
    with pytest.raises(KeyboardInterrupt):
        failure_from("a", KeyboardInterrupt())


def test_interrupt_while_an_exception_is_described_is_raised() -> None:
    class Interrupting(Exception):
        @property
        def __cause__(self) -> NoReturn:  # type: ignore[override]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        describe(Interrupting())


def test_storytime_error_has_no_traceback() -> None:
    failure = failure_from("a", caught(StorytimeError("mend it")), "a/stories.py")
    assert failure == BuildFailure("a", "mend it", file="a/stories.py")


# Where it was raised.


def without_first_frame[E: BaseException](error: E) -> E:
    """Remove the frame of the test that caught the exception from its traceback."""
    assert error.__traceback__ is not None
    return error.with_traceback(error.__traceback__.tb_next)


def run_as(filename: str, source: str, **names: Any) -> BaseException:
    """Run source code as a file with this name; return the exception that it raises."""
    try:
        exec(compile(source, filename, "exec"), names)
    except BaseException as error:
        return without_first_frame(error)
    raise AssertionError


def where(error: BaseException) -> tuple[str, int]:
    described = describe(error)
    return described["file"], described["line"]


def test_position_is_the_last_frame_in_the_project() -> None:
    def call(source: str, filename: str) -> None:
        exec(compile(source, filename, "exec"), {})

    inner = run_as("/p/kit/a.py", "\ncall('\\n\\n1 / 0', '/p/kit/b.py')", call=call)
    assert where(inner) == ("/p/kit/b.py", 3)


@pytest.mark.parametrize(
    "filename",
    [
        "/venv/lib/site-packages/lib.py",
        "/usr/lib/python3/dist-packages/lib.py",
        f"{os.path.dirname(os.__file__)}/json/decoder.py",
        "<string>",
        "card_html",  # Mako's name for the code of a template
    ],
)
def test_frame_outside_the_project_is_not_the_position(filename: str) -> None:
    def library() -> None:
        exec(compile("1 / 0", filename, "exec"), {})

    library.__code__ = library.__code__.replace(co_filename="<library>")
    error = run_as("/p/kit/a.py", "\n\nlibrary()", library=library)
    assert where(error) == ("/p/kit/a.py", 3)
    assert filename in describe(error)["traceback"]


def test_frame_of_an_installed_catalog_is_the_last_resort() -> None:
    assert where(run_as("/venv/site-packages/kit/a.py", "1 / 0")) == (
        "/venv/site-packages/kit/a.py",
        1,
    )


def test_position_of_a_syntax_error_is_the_one_it_names() -> None:
    error = run_as("/p/kit/a.py", "compile('a = (\\n', '/p/kit/b.py', 'exec')")
    assert where(error) == ("/p/kit/b.py", 1)


def test_folder_beside_storytime_s_is_a_project() -> None:
    beside = f"{Path(storytime.__file__).parent}_kit/a.py"
    assert where(run_as(beside, "1 / 0")) == (beside, 1)


def test_traceback_begins_with_the_user_s_first_frame() -> None:
    def component() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as raised:
        to_html(component, called="component")
    told = describe(without_first_frame(raised.value))["traceback"]
    assert "render/component.py" not in told
    assert told.splitlines()[1].startswith(f'  File "{HERE}"')


def test_traceback_of_an_awaited_component_begins_with_it() -> None:
    async def component() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine") as raised:
        to_html(component(), called="component")
    told = describe(without_first_frame(raised.value))
    assert told["file"] == HERE
    assert told["traceback"].splitlines()[1].startswith(f'  File "{HERE}"')


def test_traceback_leaves_out_the_import_system(catalog: Catalog) -> None:
    write(catalog.base, {"a.py": "import b", "b.py": "1 / 0", "c.py": "def"})
    for name, first in {"a": "a.py", "c": "c.py"}.items():
        with pytest.raises((ZeroDivisionError, SyntaxError)) as raised:
            importlib.import_module(name)
        told = describe(without_first_frame(raised.value))["traceback"]
        files = re.findall('File "(.*)"', told)
        assert files[0] == str(catalog.base / first)


LACKING = {
    "from kit import buttom": "cannot import name 'buttom' from 'kit'",
    "import kit; kit.buttom": "module 'kit' has no attribute 'buttom'",
}


@pytest.mark.parametrize("source", LACKING)
@pytest.mark.parametrize("init", ["", "butt = 1"], ids=["no name", "another name"])
def test_suggestion_for_a_name_missing_from_a_package_is_left_out(
    catalog: Catalog, source: str, init: str
) -> None:
    """It depends on which modules have been imported."""
    catalog.write({"__init__.py": init, "button.py": ""})
    texts = []
    for before in (["kit"], ["kit", "kit.button"]):
        for name in before:
            importlib.import_module(name)
        texts.append(described_error(source))
    assert texts[0] == texts[1]
    assert LACKING[source] in texts[0][0]


@pytest.mark.parametrize("source", LACKING)
def test_suggestion_for_a_name_missing_from_a_module_is_kept(catalog: Catalog, source: str) -> None:
    (catalog.base / "kit.py").write_text("button = 1")
    for text in described_error(source):
        assert re.search(r"\. Did you mean.*button'", text), text


def described_error(source: str) -> tuple[str, str]:
    """Return the message and the traceback of the exception that the code raises."""
    with pytest.raises((ImportError, AttributeError)) as raised:
        exec(compile(source, "stories.py", "exec"), {})
    described = describe(raised.value)
    return described["message"], described["traceback"]


def test_traceback_is_empty_if_no_user_code_ran() -> None:
    with pytest.raises(TypeError) as raised:
        render_story(Story({"unknown": 1}, target=len))
    described = describe(without_first_frame(raised.value))
    assert described == {"message": "TypeError: len() takes no keyword arguments", "traceback": ""}


# What pages show of failures.

LIBRARY = os.path.dirname(os.__file__)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no file '/app/kit/a.json'", "no file 'kit/a.json'"),
        ("no folder /app", "no folder ."),
        ("(/app/kit/a.py)", "(kit/a.py)"),
        ("GET https://example.org/app/kit", "GET https://example.org/app/kit"),
        ("/application/a /my/app/a", "/application/a /my/app/a"),
        ("from 'x' (/v/lib/site-packages/x.py)", "from 'x' (…/site-packages/x.py)"),
        (f'File "{LIBRARY}/json/a.py"', f'File "…/{os.path.basename(LIBRARY)}/json/a.py"'),
        (f'File "{storytime.__file__}"', 'File "…/storytime/__init__.py"'),
        ('File "/a b/site-packages/x/y.py"', 'File "…/y.py"'),
        ('File "/other/a.py"', 'File "../other/a.py"'),
        ('File "<string>"', 'File "<string>"'),
    ],
)
def test_pages_show_no_path_of_this_machine(text: str, shown: str) -> None:
    found = shown_failure(BuildFailure("a", text, traceback=text), "/app")
    assert (found.message, found.traceback) == (shown, shown)
    assert shown_failure(found, "/app") == found


@pytest.mark.parametrize(
    ("file", "shown"), [("/app/kit/a.py", "kit/a.py"), ("/lib/a.py", "../lib/a.py"), ("", "")]
)
def test_file_of_a_shown_failure_is_relative(file: str, shown: str) -> None:
    assert shown_failure(BuildFailure("a", "E", file=file), "/app").file == shown


# Failures as text and as data.


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (BuildFailure("a/b", "E: x", "…", "f.py", 3), "a/b: E: x (f.py:3)"),
        (BuildFailure("a/b", "E: x", file="f.py"), "a/b: E: x (f.py)"),
        (BuildFailure("", "E: x"), "the site: E: x"),
    ],
)
def test_failure_is_one_line_of_text(failure: BuildFailure, text: str) -> None:
    assert str(failure) == text


ONE = BuildFailure("a", "E: x", "trace", "f.py", 3)
SAME = replace(ONE, path="b", traceback="another way there")
OTHER = replace(ONE, path="c", line=4)


@pytest.mark.parametrize(
    "error",
    [
        StorytimeError("no \ud800", exit_code=2),
        BuildFailed([ONE, BuildFailure("b", "E: y")], written=True),
        BuildFailed([ONE], written=False),
    ],
    ids=["error", "written", "not written"],
)
def test_error_is_the_same_after_json(error: StorytimeError) -> None:
    again = StorytimeError.from_data(json.loads(json.dumps(error.to_data())))
    assert type(again) is type(error)
    assert vars(again) == vars(error)


def test_error_of_another_interpreter_keeps_message_and_traceback() -> None:
    data = describe(caught(ValueError("x")))
    error = from_ring(JobRaised(data["message"], data["traceback"]))
    assert isinstance(error, RaisedInInterpreter)
    assert (error.message, error.traceback) == ("ValueError: x", data["traceback"])


def test_error_prints_as_its_message() -> None:
    assert str(StorytimeError("no \ud800")) == "no \\ud800"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (BuildFailed([ONE], written=True), "a: E: x (f.py:3)"),
        (BuildFailed([ONE, SAME], written=True), "a: E: x (f.py:3) (at 2 places)"),
        (
            BuildFailed([ONE, OTHER, SAME], written=True),
            "3 of the catalog's parts could not be built, for 2 reasons; its pages say why",
        ),
        (BuildFailed([ONE, OTHER], written=False), "nothing could be built: a: E: x (f.py:3)"),
        (
            BuildFailed([ONE, SAME], written=False),
            "nothing could be built: a: E: x (f.py:3) (at 2 places)",
        ),
    ],
)
def test_failed_build_says_how_much_failed_and_why(error: BuildFailed, message: str) -> None:
    assert error.message == message
    assert error.exit_code == 1


def test_failures_with_the_same_text_at_the_same_line_have_one_cause() -> None:
    others = [replace(ONE, message="E: y"), replace(ONE, file="g.py"), OTHER]
    assert by_cause([ONE, *others, SAME]) == {
        ONE: ["a", "b"],
        **{each: [each.path] for each in others},
    }


def test_one_missing_import_is_one_cause_wherever_it_is_imported() -> None:
    missing = [
        BuildFailure(path, "ImportError: no x", file=f"{path}.py", missing_imports=(name,))
        for path, name in (("a", "kit:x"), ("b", "kit:x"), ("c", "lib:x"))
    ]
    assert list(by_cause(missing).values()) == [["a", "b"], ["c"]]


def test_stack_begins_with_the_author_s_first_call() -> None:
    found: dict[str, Any] = {}

    def component() -> str:
        found.update(described_stack(sys._getframe(), frame_kind))
        return ""

    to_html(component, called="component")
    assert found["file"] == HERE
    assert found["traceback"].count("  File ") == 1


def test_stack_without_user_code_is_empty() -> None:
    ours = compile("import sys\nframe = sys._getframe()", storytime.__file__, "exec")
    names: dict[str, Any] = {}
    exec(ours, names)
    assert described_stack(names["frame"], frame_kind) == {}
