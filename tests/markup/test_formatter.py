"""Formatted markup looks the same in a browser."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings

from storytime.build.whole import build_site
from storytime.markup.formatter import WIDTH, format_html
from storytime.markup.parser import parse_markup

from ..html_pieces import END, Event, events, html_texts

INLINE = {"b", "span", "a", "img", "input", "button", "select", "textarea", "svg", "math", "br"}
INLINE |= {"label", "x-card", "noscript", "iframe", "template", "tspan"}
EXACT = {"script", "style", "title", "textarea", "noscript", "iframe", "xmp"}


def without_space(found: list[Event]) -> list[Event]:
    """Collapse whitespace in the events' texts and strip it at their ends."""
    settled: list[Event] = []
    for event in found:
        if event[0] == "text":
            exact = settled and settled[-1][0] == "start" and settled[-1][1] in EXACT
            text = event[1] if exact else re.sub(r"[\t\n\f\r ]+", " ", event[1]).strip(" ")
            if text:
                settled.append(("text", text))
        else:
            settled.append(event)
    return settled


def shown(found: list[Event]) -> str:
    """Return the text as browsers show it: whitespace collapsed, none next to block tags."""
    text = ""
    for event in found:
        if event[0] == "text":
            text += event[1]
        elif event[0] in ("start", "end") and event[1] not in INLINE:
            text += "\v"
    return re.sub(r" ?\v[\v ]*", "\v", re.sub(r"[\t\n\f\r ]+", " ", text)).strip("\v ")


@settings(max_examples=400)
@given(html_texts)
@example("<p>a</p><pre>\n\n a</pre>")
@example("<div><pre> a <b> \n</div>  b")
@example("<p> <b> a </b> <i> b</i>c</p>")
def test_formatting_keeps_tags_attributes_and_text(text: str) -> None:
    assert without_space(events(format_html(text))) == without_space(events(text))


@settings(max_examples=400)
@given(html_texts.filter(lambda text: not re.search("<button|<select|svg|<title|<math", text)))
@example("a <b> b</b> c <b>d </b>" + "e " * 60 + END)
@example("<a href=x> <p> b </p> c</a> d" + END)
def test_words_are_neither_joined_nor_split(text: str) -> None:
    assert shown(events(format_html(text))) == shown(events(text))


@given(html_texts)
def test_formatting_changes_nothing_but_whitespace(text: str) -> None:
    assert re.sub(r"\s", "", format_html(text)) == re.sub(r"\s", "", text)


def test_document_is_indented_as_people_write_it() -> None:
    markup = (
        '<!DOCTYPE html><html lang="en"><head><title>A  b</title><style>\n p { color: red }\n'
        '</style><link rel=x></head><body class="a &amp; b"><!-- note --><h1>Hi <em>you</em></h1>'
        "<ul><li>one<ul><li>deeper</li></ul></li><li> two\n words </li></ul><p></p>"
        "<form><label>Name <input name=a></label><select><option>1</option><option>2</option>"
        "</select> <button>\n Go </button><textarea>\n a\n</textarea></form></body></html>"
    )
    assert (
        format_html(markup)
        == """<!DOCTYPE html>
<html lang="en">
  <head>
    <title>A  b</title>
    <style>
 p { color: red }
</style>
    <link rel=x>
  </head>
  <body class="a &amp; b">
    <!-- note -->
    <h1>Hi <em>you</em></h1>
    <ul>
      <li>
        one
        <ul>
          <li>deeper</li>
        </ul>
      </li>
      <li>two words</li>
    </ul>
    <p></p>
    <form>
      <label>Name <input name=a></label><select>
        <option>1</option>
        <option>2</option>
      </select> <button>Go</button><textarea>
 a
</textarea>
    </form>
  </body>
</html>"""
    )


@pytest.mark.parametrize(
    ("markup", "formatted"),
    [
        ("", ""),
        ("  \n ", ""),
        ("just  text", "just text"),
        ("<b>a</b> <i>b</i>", "<b>a</b> <i>b</i>"),
        ("<div><span> a</span> </div>", "<div><span> a</span></div>"),
        ("<pre>\n a <b>\n  c</b>\n</pre><p>d", "<pre>\n a <b>\n  c</b>\n</pre>\n<p>d"),
        ("<pre> a<div> b </div>", "<pre> a<div> b </div>"),
        ("<div><pre> a </div>b", "<div>\n  <pre> a \n</div>\nb"),
        ("<ul><li>a<li>b</ul>", "<ul>\n  <li>a\n  <li>b\n</ul>"),
        ("<ul><li><p>a</ul>", "<ul>\n  <li>\n    <p>a\n</ul>"),
        ("a<script>b  c</script>d", "a<script>b  c</script>d"),
        ("<script>b  c</script> d", "<script>b  c</script>\nd"),
        ("<svg><g><path/></g></svg>a", "<svg>\n  <g>\n    <path/>\n  </g>\n</svg>a"),
        (
            "<svg><text>a <tspan>b</tspan></text></svg>",
            "<svg>\n  <text>a <tspan>b</tspan></text>\n</svg>",
        ),
        ("<svg><style> a </style></svg>", "<svg>\n  <style> a </style>\n</svg>"),
        ('<i style="white-space: pre">  a  </i>',) * 2,
        ("<a><div>x</div></a>y", "<a>\n  <div>x</div>\n</a>y"),
        ("a <!-- b  c -->", "a <!-- b  c -->"),
        ("a\u00a0 \u2003b", "a\u00a0 \u2003b"),
        ("<button> <b>a</b> </button>", "<button><b>a</b></button>"),
        ("<template><p>a</p></template>b", "<template>\n  <p>a</p>\n</template>b"),
        ("</div> a <p", "</div> a <p"),
    ],
)
def test_markup_is_indented(markup: str, formatted: str) -> None:
    assert format_html(markup) == formatted


def test_long_text_wraps_at_spaces_but_tags_do_not() -> None:
    tag = f'<a title="{"long title " * 7}">'
    formatted = format_html(f"<p>{'word ' * 50}{tag}link</a> {'word ' * 5}</p>")
    assert tag in formatted
    lines = formatted.splitlines()
    assert len(lines) > 4
    assert all(len(line) <= WIDTH for line in lines)


def test_parsed_markup_is_accepted() -> None:
    assert format_html(parse_markup("<p> a")) == "<p>a"


def test_formatting_is_idempotent(tmp_path: Path) -> None:
    """Try every document of the example catalog."""
    build_site("examples.complete", tmp_path)
    documents = [file.read_text() for file in tmp_path.rglob("frame.html")]
    assert len(documents) > 100
    for text in documents:
        formatted = format_html(text)
        assert format_html(formatted) == formatted
        assert without_space(events(formatted)) == without_space(events(text))
