"""HTML as text for a page: the text stays, its parts are marked up."""

import re
import time
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storytime.markup.highlighter import LONGEST, HtmlHighlighter

PIECES = [
    *("<", ">", "/", "!", "-", "--", '"', "'", "=", " ", "\n", "\r\n", "\f", "a", "é", "&amp;"),
    *("<p>", "</p>", "<a b='c' d>", "<!--", "-->", "<script>", "</script>", "<![CDATA[", "]]>"),
    *("… (5 characters)\n", "&", "😀"),
]


def text_of(html: str) -> str:
    return unescape(re.sub("</?(?:b|i|var|samp)>", "", html))


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
@example("<a b = 'c' d==e>")
@example("<p " * 20_000)
def test_text_stays_the_same_character_for_character(text: str) -> None:
    assert text_of(HtmlHighlighter()(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '<a href="x" hidden>A</a>',
            '<<b>a</b> <var>href</var>=<samp>"x"</samp> <var>hidden</var>>A</<b>a</b>>',
        ),
        ("<br/><my-a b=c>", "<<b>br</b>/><<b>my-a</b> <var>b</var>=<samp>c</samp>>"),
        ("<p title='a>b'>", "<<b>p</b> <var>title</var>=<samp>'a>b'</samp>>"),
        ("<!-- <p> -->a < b", "<i><!-- <p> --></i>a < b"),
        ("<!doctype html>", "<i><!doctype html></i>"),
        ("<style>a>b{}<p></style>", "<<b>style</b>>a>b{}<p></<b>style</b>>"),
        ("<SCRIPT>'<p>'</script >", "<<b>SCRIPT</b>>'<p>'</<b>script</b> >"),
    ],
)
def test_tags_attributes_and_comments_are_marked(text: str, expected: str) -> None:
    assert unescape(HtmlHighlighter()(text)) == expected


def test_line_that_was_shortened_does_not_colour_the_next() -> None:
    html = HtmlHighlighter()('<img src="data:x… (4,000 characters)\n<p class="a">')
    assert html.endswith("\n&lt;<b>p</b> <var>class</var>=<samp>&#34;a&#34;</samp>&gt;")


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<!--", "<script>", '<a b="', "</", "… (1 characters)\n<"]
)
def test_any_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    started = time.process_time()
    HtmlHighlighter()(piece * (LONGEST // len(piece)))
    assert time.process_time() - started < 2


def test_no_more_than_the_beginning_of_a_long_text_is_marked() -> None:
    text = "<p>" * LONGEST
    html = HtmlHighlighter()(text)
    assert text_of(html) == text
    assert html.count("<b>") == len(text[:LONGEST]) // 3 + 1
