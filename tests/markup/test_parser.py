"""The parser loses nothing of the text and reads it as browsers do."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from storytime.markup.parser import Element, Kind, ParsedMarkup, Token, parse_markup

from ..html_pieces import Event, events, html_texts


def outline(elements: list[Element | str]) -> str:
    """Return the tree as a line: `ul(li(a) li(b))`."""
    return " ".join(
        child.strip()
        if isinstance(child, str)
        else f"{child.name}({outline(child.children)})"
        if child.children
        else child.name
        for child in elements
        if not isinstance(child, str) or child.strip()
    )


def event_of(token: Token) -> Event:
    element = token.element
    match token.kind:
        case Kind.START:
            return "start", element.name, tuple(element.attributes.items())
        case Kind.END | Kind.STRAY:
            found = re.match(r"</([^\s/>]+)", token.raw)
            assert found is not None
            return "end", found[1].lower()
        case Kind.TEXT | Kind.VERBATIM:
            return "text", token.raw
    return "other", token.raw


def tags(parsed: ParsedMarkup) -> list[Event]:
    found = [event_of(token) for token in parsed.tokens if token.raw]
    return [event for event in found if event[0] in ("start", "end")]


@given(st.text() | html_texts)
def test_joined_tokens_are_the_text(text: str) -> None:
    assert "".join(token.raw for token in parse_markup(text).tokens) == text


@given(html_texts)
@example("<svg><title/><p></svg><title><b></title>")
@example("<svg><style><b></style></svg>")
@example("<script><!-- <b> --></script\n><b>")
def test_tags_are_those_that_a_browser_reads(text: str) -> None:
    found = tags(parse_markup(text))
    # justhtml loses the "=" with which an attribute's name may begin, after a repeated attribute.
    assume(
        not any(name.startswith("=") for event in found for pairs in event[2:] for name, _ in pairs)
    )
    assert found == [event for event in events(text) if event[0] in ("start", "end")]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("<p>a<b>c</b></p>d", "p(a b(c)) d"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "ul(li(a) li(b ul(li(c))))"),
        ("<p>a<p>b<div>c</div>", "p(a) p(b) div(c)"),
        ("<table><tr><td>a<th>b<tr><td>c</table>", "table(tr(td(a) th(b)) tr(td(c)))"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "dl(dt(a) dd(b) dt(c))"),
        ("<select><option>a<option>b</select>", "select(option(a) option(b))"),
        ("<p><button><p>a</button>", "p(button(p(a)))"),
        ("<br>a<img>b", "br a img b"),
        ("<div/>a", "div(a)"),
        ("<svg><path/><title/><g/></svg>a", "svg(path title g) a"),
        ("<svg><foreignObject><br>a</foreignObject></svg>", "svg(foreignobject(br a))"),
        ("<svg><g><p>a", "svg(g) p(a)"),
        ("<svg><![CDATA[<b>]]></svg>", "svg(<b>)"),
        ("<div><b>a</div>b", "div(b(a)) b"),
        ("</p>a</b>", "a"),
        ("<textarea><b>&lt;</textarea>", "textarea(<b><)"),
        ("<style>&lt;<b></style>", "style(&lt;<b>)"),
        ("<script>a", "script(a)"),
        ("<plaintext><b></plaintext>", "plaintext(<b></plaintext>)"),
        ("a &lt; b", "a < b"),
        ("a < b <", "a < b <"),
    ],
)
def test_tree_is_the_one_that_a_browser_builds(text: str, tree: str) -> None:
    assert outline(parse_markup(text).root.children) == tree


def test_attributes_are_read_as_browsers_do() -> None:
    (element,) = parse_markup("<a A='1' a=2 b = x&amp;y c d=\"e\"f g='>'/h= >").elements
    expected = {"a": "1", "b": "x&y", "c": "", "d": "e", "f": "", "g": ">", "h": ""}
    assert element.attributes == expected
    assert element.attributes is element.attributes


def test_elements_are_listed_in_the_order_of_the_text() -> None:
    elements = parse_markup("<a><b><c></c></b>d<e></e></a><f>").elements
    assert [element.name for element in elements] == ["a", "b", "c", "e", "f"]
    assert [element.name for element in elements[2].lineage()] == ["c", "b", "a", ""]


def test_every_element_ends() -> None:
    """Elements without end tags end with a token without text."""
    ends = [
        (token.element.name, token.raw)
        for token in parse_markup("<ul><li>a<br><li>b</ul><p>c").tokens
        if token.kind is Kind.END
    ]
    assert ends == [("br", ""), ("li", ""), ("li", ""), ("ul", "</ul>"), ("p", ""), ("", "")]


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<a b='",
        "<!--",
        "<a b=c ",
        "<b>",
        "<p>",
        "</b>",
        "<",
        "<b><div>",
        "<svg><![CDATA[",
        "<![CDATA[>",
        "<a b=",
        "<a =",
        "<script>",
    ],
)
def test_parsing_time_is_linear(piece: str) -> None:
    """Try 100,000 characters of unclosed markup; in quadratic time they would take minutes."""
    text = piece * (100_000 // len(piece)) + "</i>" * 20_000
    assert sum(len(token.raw) for token in parse_markup(text).tokens) == len(text)
