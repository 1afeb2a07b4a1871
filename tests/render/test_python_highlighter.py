"""Python source as text for a page: the text stays, its parts are marked up."""

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storytime.render.python_highlighter import LONGEST, PythonHighlighter

from ..support import run_python

PIECES = [
    *("def f():", "class A", "@a", " ", "\n", "\r\n", "\r", "\f", "\x0b", "\ufeff", "\u2028", "'"),
    *(
        '"""',
        "f'",
        "t'",
        "{",
        "}",
        "!r",
        ":>3",
        "\\",
        "#",
        "0x1f",
        "1.5e3",
        "None",
        "é",
        "😀",
        "<b>",
    ),
]


def text_of(html: str) -> str:
    return unescape(re.sub("</?(?:b|i|u|var|samp)>", "", html))


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=20))
@example("\n\n  a\r\n\f\n\n")
@example("x = 1\n" * 10_000)
def test_text_stays_the_same_character_for_character(text: str) -> None:
    text = text.encode("utf-8", "backslashreplace").decode()
    assert text_of(PythonHighlighter()(text)) == text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a=1): return a", "<b>def</b> <var>f</var>(a=<u>1</u>): <b>return</b> a"),
        ("@dec\nclass A:  # why", "<var>@dec</var>\n<b>class</b> <var>A</var>:  <i># why</i>"),
        ("x not in None", "x <b>not</b> <b>in</b> <u>None</u>"),
        ("t'<p>{a!r}'", "<b>t</b><samp>'<p></samp>{a!r}<samp>'</samp>"),
        ('Story(title="A")', 'Story(title=<samp>"A"</samp>)'),
    ],
)
def test_kinds_of_tokens_are_marked(source: str, expected: str) -> None:
    assert unescape(PythonHighlighter()(source)) == expected


def test_no_more_than_the_beginning_of_a_long_source_is_marked() -> None:
    html = PythonHighlighter()("1 " * LONGEST)
    assert html.count("<u>") == LONGEST // 2


def test_known_sources_are_returned_without_pygments(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom storytime.render.python_highlighter import PythonHighlighter as P\n"
        "first = P()\nhtml = first('def f(): pass')\nfor name in {*sys.modules}:\n"
        "    if name.startswith('pygments'): del sys.modules[name]\n"
        "import storytime.render.python_highlighter as p\np.lexer.cache_clear()\n"
        "assert P(first.used)('def f(): pass') == html\nprint('pygments' in sys.modules)\n"
        "P(first.used)('def g(): pass')\nprint('pygments' in sys.modules)"
    )
    assert run_python("-c", code, cwd=tmp_path).stdout.split() == ["False", "True"]
