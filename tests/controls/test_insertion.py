from __future__ import annotations

import ast
import codecs
from textwrap import dedent

import pytest

from storytime.controls.insertion import Insertion, insert_story
from storytime.controls.layout import Layout
from storytime.controls.source_text import SourceText
from storytime.errors import StorytimeError

CALL = "Story(title='New')"
NEW = 'Story(title="New")'
BIG = "Story(title='New', props={'text': 'a text that takes a line', 'size': 'large'})"


def inserted(
    data: bytes, after: str = "Story('one')", *imports: str, call: str = CALL, width: int = 88
) -> Insertion:
    source = SourceText(data)
    start = source.text.index(after)
    node = ast.parse(call, mode="eval").body

    def laid_out(layout: Layout) -> str:
        return layout.text(node)

    return insert_story(source, [(start, start + len(after))], laid_out, imports, width)


SHAPES = {
    "a line each": (
        "s = Subject(items=[\n    Story('one'),\n    Story('two'),\n])\n",
        "s = Subject(items=[\n    Story('one'),\n    @,\n    Story('two'),\n])\n",
    ),
    "the last item": (
        "s = Subject(items=[\n    Story('two'),\n    Story('one'),\n])\n",
        "s = Subject(items=[\n    Story('two'),\n    Story('one'),\n    @,\n])\n",
    ),
    "no comma at the end": (
        "s = Subject(items=[\n    Story('one')\n])\n",
        "s = Subject(items=[\n    Story('one'),\n    @\n])\n",
    ),
    "no comma at the end, but a comment": (
        "s = Subject(items=[\n    Story('one')  # first, of one\n])\n",
        "s = Subject(items=[\n    Story('one'),  # first, of one\n    @\n])\n",
    ),
    "comments": (
        "s = S(items=[\n    # 1\n    Story('one'),  # one, ]\n    # 2\n    Story('two'),\n])\n",
        "s = S(items=[\n    # 1\n    Story('one'),  # one, ]\n    @,\n    # 2\n"
        "    Story('two'),\n])\n",
    ),
    "a comma after a comment": (
        "s = Subject(items=[\n    Story('one')  # a, b\n    ,\n    Story('two')])\n",
        "s = Subject(items=[\n    Story('one')  # a, b\n    ,\n    @,\n    Story('two')])\n",
    ),
    "a bracket right after the last item": (
        "s = Subject(items=[\n    Story('one')])\n",
        "s = Subject(items=[\n    Story('one'),\n    @])\n",
    ),
    "a bracket after the last comma": (
        "s = Subject(items=[\n    Story('one'),])\n",
        "s = Subject(items=[\n    Story('one'),\n    @,])\n",
    ),
    "items in parentheses": (
        "s = Subject(items=[\n    (Story('one')),\n    (Story('two')),\n])\n",
        "s = Subject(items=[\n    (Story('one')),\n    @,\n    (Story('two')),\n])\n",
    ),
    "one line": (
        "s = Subject(items=[Story('one'), Story('two')])\n",
        "s = Subject(items=[Story('one'), @, Story('two')])\n",
    ),
    "one line with a comma at the end": (
        "s = Subject(items=[Story('one'), ])\n",
        "s = Subject(items=[Story('one'), @, ])\n",
    ),
    "two items on a line": (
        "s = Subject(items=[\n    Story('one'), Story('two'),\n])\n",
        "s = Subject(items=[\n    Story('one'),\n    @, Story('two'),\n])\n",
    ),
    "tabs": (
        "def f():\n\treturn Subject(items=[\n\t\tStory('one'),\n\t])\n",
        "def f():\n\treturn Subject(items=[\n\t\tStory('one'),\n\t\t@,\n\t])\n",
    ),
    "CRLF": (
        "s = Subject(items=[\r\n    Story('one'),\r\n])\r\n",
        "s = Subject(items=[\r\n    Story('one'),\r\n    @,\r\n])\r\n",
    ),
    "several line endings": (
        "x = 1\r\ny = 2\rs = Subject(items=[\n    Story('one'),\r\n])\n",
        "x = 1\r\ny = 2\rs = Subject(items=[\n    Story('one'),\r\n    @,\r\n])\n",
    ),
    "no line ending at the end": (
        "s = Subject(items=[Story('one')])",
        "s = Subject(items=[Story('one'), @])",
    ),
    "a form feed": (
        "\fs = Subject(items=[\n    Story('one'),\n])\n",
        "\fs = Subject(items=[\n    Story('one'),\n    @,\n])\n",
    ),
    "letters of several bytes before": (
        "s = Subject('Größe 🛳', items=[Story('one')], title='é')\n",
        "s = Subject('Größe 🛳', items=[Story('one'), @], title='é')\n",
    ),
    "items by position": (
        "s = Subject('T', None, f, [Story('one')])\n",
        "s = Subject('T', None, f, [Story('one'), @])\n",
    ),
    "a helper that makes the story": (
        "s = Subject(items=[\n    made(Story('one'), 2),\n])\n",
        "s = Subject(items=[\n    made(Story('one'), 2),\n    @,\n])\n",
    ),
    "items that are unpacked beside it": (
        "s = Subject(items=[*more, Story('one'), *more])\n",
        "s = Subject(items=[*more, Story('one'), @, *more])\n",
    ),
    "lines that go on after a backslash": (
        "s = Subject(items=[\n    Story('one'), \\\n    Story('two')])\n",
        "s = Subject(items=[\n    Story('one'),\n    @, \\\n    Story('two')])\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_story_goes_into_a_list_as_it_is_written(before: str, after: str, encoding: str) -> None:
    expected = after.replace("@", NEW)
    found = inserted(before.encode(encoding))
    assert found.data == expected.encode(encoding)
    lines = expected.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert NEW in lines[found.line - 1]


def test_a_long_story_has_several_lines() -> None:
    before = (
        b"def f():\n    return S(\n        items=[\n            Story('one'),\n        ]\n    )\n"
    )
    story = """\
            Story(
                title="New",
                props={"text": "a text that takes a line", "size": "large"},
            ),
"""
    found = inserted(before, call=BIG, width=80)
    assert found.data == before.replace(b"'),\n", b"'),\n" + story.encode())
    assert found.line == 5


def test_a_long_story_in_a_list_on_one_line_begins_a_line() -> None:
    found = inserted(b"s = Subject(items=[Story('one'), Story('two')])\n", call=BIG)
    assert found.data.decode() == (
        "s = Subject(items=[Story('one'),\n"
        '    Story(title="New", props={"text": "a text that takes a line", "size": "large"}),'
        " Story('two')])\n"
    )


def test_a_file_keeps_its_encoding() -> None:
    before = "# coding: latin-1\nname = 'é'\ns = Subject('é', items=[Story('one')])\n"
    found = inserted(before.encode("latin-1"), call="Story(title='Größe')")
    expected = before.replace("Story('one')", "Story('one'), Story(title=\"Größe\")")
    assert found.data == expected.encode("latin-1")


def test_a_letter_that_the_encoding_lacks_is_refused() -> None:
    before = b"# coding: latin-1\ns = Subject(items=[Story('one')])\n"
    with pytest.raises(
        StorytimeError, match=r"encoded as iso-8859-1, which doesn't have '\\u20ac'"
    ):
        inserted(before, call="Story(title='€')")


def test_a_byte_order_mark_stays() -> None:
    assert inserted(codecs.BOM_UTF8 + b"s = S(items=[Story('one')])").data.startswith(
        codecs.BOM_UTF8 + b"s"
    )


@pytest.mark.parametrize(
    "source",
    [
        "s = Subject(items=[Story('one') for _ in range(2)])",
        "s = Subject(items=list(Story('one') for _ in range(2)))",
        "items = [Story('one')]\ns = Subject(items=items)",
        "items = []\nitems.append(Story('one'))\ns = Subject(items=items)",
        "s = Subject(items=[Story('one')] + more)",
        "s = Subject(items=(Story('one'),))",
        "s = Subject(items=[*[Story('one')]])",
        "s = Subject()\ns.items = [Story('one')]",
        "def made():\n    return Story('one')\ns = Subject(items=[made()])",
    ],
)
def test_what_is_no_plain_list_is_refused(source: str) -> None:
    with pytest.raises(StorytimeError, match="isn't an item of a plain list"):
        inserted(source.encode())


FILE = "{}s = Subject(items=[Story('one')])\n"
IMPORTS = {
    "a standard module before others": (
        "from storytime import Story\n",
        ["from decimal import Decimal"],
        "from decimal import Decimal\n\nfrom storytime import Story\n",
    ),
    "among others of its kind": (
        "import json\nfrom pathlib import Path\n\nfrom storytime import Story\n",
        ["from decimal import Decimal"],
        "import json\nfrom decimal import Decimal\nfrom pathlib import Path\n\n"
        "from storytime import Story\n",
    ),
    "after a docstring, before the first": (
        '"""Text."""\n\nfrom pathlib import Path\n',
        ["from decimal import Decimal"],
        '"""Text."""\n\nfrom decimal import Decimal\nfrom pathlib import Path\n',
    ),
    "after __future__": (
        "from __future__ import annotations\n\nfrom storytime import Story\n",
        ["from decimal import Decimal", "from enum import Enum"],
        "from __future__ import annotations\n\nfrom decimal import Decimal\nfrom enum import Enum"
        "\n\nfrom storytime import Story\n",
    ),
    "relative ones last": (
        "from storytime import Story\n\nfrom .button import button\n",
        ["from ..icon import Icon", "from .tone import Tone"],
        "from storytime import Story\n\nfrom ..icon import Icon\nfrom .button import button\n"
        "from .tone import Tone\n",
    ),
    "a name of a module that is imported": (
        "from datetime import date\nfrom kit import A, c\n",
        ["from datetime import datetime", "from kit import B"],
        "from datetime import date, datetime\nfrom kit import A, B, c\n",
    ),
    "a name before the others": (
        "from datetime import time\n",
        ["from datetime import UTC"],
        "from datetime import UTC, time\n",
    ),
    "a module whose import has parentheses": (
        "from kit import (\n    A,\n)\n",
        ["from kit import B"],
        "from kit import (\n    A,\n)\nfrom kit import B\n",
    ),
    "a comment on the line": (
        "from kit import A  # noqa\nfrom z import z\n",
        ["from kit import B as B_"],
        "from kit import A, B as B_  # noqa\nfrom z import z\n",
    ),
    "several sections": (
        "from storytime import Story\n",
        ["from decimal import Decimal", "from .tone import Tone"],
        "from decimal import Decimal\n\nfrom storytime import Story\n\nfrom .tone import Tone\n",
    ),
    "CRLF": (
        "from storytime import Story\r\n",
        ["from decimal import Decimal"],
        "from decimal import Decimal\r\n\r\nfrom storytime import Story\r\n",
    ),
}


@pytest.mark.parametrize(("before", "imports", "after"), IMPORTS.values(), ids=IMPORTS)
def test_imports_go_where_a_sorter_has_them(before: str, imports: list[str], after: str) -> None:
    found = inserted(FILE.format(before).encode(), "Story('one')", *imports)
    assert found.data.decode() == FILE.format(after).replace("')]", f"'), {NEW}]")
    assert found.data.decode().splitlines()[found.line - 1].startswith("s = ")


def test_an_import_that_would_break_the_file_is_refused() -> None:
    before = FILE.format("import ast; x = [\n1]\n")
    with pytest.raises(StorytimeError, match="can't be added to its file"):
        inserted(before.encode(), "Story('one')", "from decimal import Decimal")


def test_an_import_into_a_file_without_imports_is_refused() -> None:
    with pytest.raises(StorytimeError, match="has no imports that 'from decimal import Decimal'"):
        inserted(FILE.format("").encode(), "Story('one')", "from decimal import Decimal")


def test_a_template_of_several_lines_stays_in_a_file_with_crlf() -> None:
    before = dedent("""\
        s = Subject(items=[
            Story('one'),
        ])
    """).replace("\n", "\r\n")
    call = "Story(props={'text': '''a\n  b'''})"
    found = inserted(before.encode(), call=call, width=20)
    assert b"\n" not in found.data.replace(b"\r\n", b"")
    assert b'"a\\n"\r\n' in found.data
