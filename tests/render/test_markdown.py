"""Markdown to HTML that can stand in the workshop's page, with stories shown in it."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from justhtml import Element, JustHTML
from markupsafe import Markup

from storytime.markup.parser import names
from storytime.render.markdown import MarkdownPage, RenderedMarkdown, parser, render_markdown

from ..html_pieces import html_texts
from ..support import run_python

PATHS = {"forms/button/primary", "forms/über/große"}


def frame(path: str, label: str) -> Markup | None:
    return Markup("<figure>{}|{}</figure>").format(path, label) if path in PATHS else None


def html(text: str) -> str:
    return str(render_markdown(text, frame).html)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Starts something.", "<p>Starts something.</p>\n"),
        (
            'One\ntwo.\n\n\nThree: "four" it\'s.\n',
            "<p>One\ntwo.</p>\n<p>Three: &quot;four&quot; it's.</p>\n",
        ),
        ("*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <s>d</s></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        ("# A\n\n###### B", '<h2 id="a">A</h2>\n<h6 id="b">B</h6>\n'),
        ("Big\n===", '<h2 id="big">Big</h2>\n'),
        (
            "# `b` é\n# b é\n#",
            '<h2 id="b-é"><code>b</code> é</h2>\n<h2 id="b-é-2">b é</h2>\n<h2 id="section"></h2>\n',
        ),
        ("```py\n<x>\n```", '<pre><code class="language-py">&lt;x&gt;\n</code></pre>\n'),
        ('[a](b.html "c")', '<p><a href="b.html" title="c">a</a></p>\n'),
        ("![a *b*](static/c.png)", '<p><img src="static/c.png" alt="a b"></p>\n'),
        ("<b onclick=x>", "<p>&lt;b onclick=x&gt;</p>\n"),
        ("\ud800", "<p>\\ud800</p>\n"),
    ],
)
def test_markdown_becomes_html(text: str, expected: str) -> None:
    assert html(text) == expected.replace('alt="a b">', 'alt="a b" />')


def test_table_needs_no_inline_style() -> None:
    table = html("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<td data-align="right">2</td>' in table
    assert "style" not in table


def test_headings_are_shifted_and_get_unique_ids() -> None:
    anchors = {"a"}
    assert render_markdown("# A", shift=2, anchors=anchors).html == '<h3 id="a-2">A</h3>\n'
    assert anchors == {"a", "a-2"}


def test_text_of_a_page_has_no_second_h1() -> None:
    assert re.findall("<h.", render_markdown("## A\n### B", shift=0).html) == ["<h2", "<h3"]
    assert re.findall("<h.", render_markdown("## A\n# B", shift=0).html) == ["<h3", "<h2"]


# What it lets through.

HOSTILE = [
    "[a](javascript:alert(1))",
    "[a](JAVA\tSCRIPT:alert(1))",
    "[a](java&#10;script:alert)",
    "[a](&#x6A;avascript:alert)",
    "[a]( javascript:alert)",
    "[a](vbscript:x) [a](file:///etc/passwd) [a](data:text/html,<script>)",
    "[a](data:image/svg+xml,<svg>)",
    "[a](story:forms/button/primary)",
    "<javascript:alert(1)>",
    "![a](javascript:alert(1)) ![a](data:text/html,x) ![a](mailto:x) ![a](file:///x)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- x --><style>*{}</style>",
    "[a]: javascript:x\n\n[a] ![a]",
    '[a](x "\\"onclick=alert(1)")',
    '!["onload=x](a.png)',
    '```"><script>\nx\n```',
]
ADDRESSES = {"http", "https", "mailto", "tel", ""}
TAGS = names(
    "html head body p em strong code s ul ol li pre a img table thead tbody tr th td blockquote hr"
    " br h2 h3 h4 h5 h6"
)


def is_harmless(text: str) -> bool:
    """Whether a browser finds nothing but what Markdown is made of."""
    document = JustHTML(str(render_markdown(text).html), sanitize=False)
    for element in document.query("*"):
        assert isinstance(element, Element)
        note = element.name == "p" and element.attrs == {"class": "st-missing"}
        assert element.name in TAGS, element.name
        assert note or set(element.attrs) <= {
            "href", "src", "alt", "title", "id", "class", "data-align", "start"
        }  # fmt: skip
        for name, allowed in (("href", ADDRESSES), ("src", {"http", "https", ""})):
            url = re.sub(r"[\x00-\x20]", "", element.attrs.get(name) or "").lower()
            found = re.match(r"([a-z][a-z0-9+.-]*):", url)
            is_data = name == "src" and re.match(r"data:image/(png|gif|jpeg|webp|avif|svg)", url)
            assert is_data or (found[1] if found else "") in allowed, url
    return True


@pytest.mark.parametrize("text", HOSTILE)
def test_dangerous_text_gives_harmless_html(text: str) -> None:
    assert is_harmless(text)


@given(
    st.text()
    | html_texts
    | st.lists(st.sampled_from([*HOSTILE, "# ", "- ", "> ", "\n", "`", "[", "](", ")", "!["])).map(
        "".join
    )
)
def test_any_text_gives_harmless_html(text: str) -> None:
    assert is_harmless(text)


@pytest.mark.parametrize(
    "text",
    [
        "[a](https://example.org)",
        "[a](mailto:a@example.org)",
        "[a](tel:1)",
        "[a](../b/#c)",
        "<https://example.org>",
    ],
)
def test_allowed_links_are_links(text: str) -> None:
    assert "<a href=" in html(text)


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,iVBO",
        "data:image/svg+xml;base64,PHN2",
        "https://example.org/a.png",
        "a.png",
    ],
)
def test_allowed_images_are_images(url: str) -> None:
    assert f'<img src="{url}"' in html(f"![a]({url})")


# Prose goes without the library, and nobody can tell.


@given(st.text(st.sampled_from("ab .,:;!?()'\"/%-é–\n\n1+="), max_size=40) | st.text())
@example("a\n\n b\n1. c")
@example("a \nb  \nc")
@example("\n\na\n")
@example("a\u00a0\n\u2003b")
def test_prose_is_rendered_as_the_library_does(text: str) -> None:
    text = text.encode("utf-8", "backslashreplace").decode()
    rendered = str(render_markdown(text, frame).html)
    if not re.search(r"\||<h|<img|<a ", rendered):
        assert rendered == parser().render(text)


def test_prose_is_rendered_without_the_library(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom storytime.render.markdown import render_markdown\n"
        "assert render_markdown('Starts something, and (sometimes) ends it.').html\n"
        "print('markdown_it' in sys.modules)\nrender_markdown('*so*')\n"
        "print('markdown_it' in sys.modules)"
    )
    assert run_python("-c", code, cwd=tmp_path).stdout.split() == ["False", "True"]


def test_addresses_without_a_scheme_are_resolved() -> None:
    def resolve(address: str) -> str:
        return f"../{address}"

    text = (
        "[a](b.md#c) [![d](e.png)][f] <https://g.example> ![h](data:image/png;base64,iV)\n\n[f]: i"
    )
    assert re.findall('(?:href|src)="(.*?)"', render_markdown(text, None, resolve).html) == [
        *("../b.md#c", "../i", "../e.png", "https://g.example", "data:image/png;base64,iV")
    ]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("[*words* `a`](story:forms/none)", "story:forms/none"),
        ("[words a](data:image/png;base64,iV)", "data:image/png;base64,iV"),
        ("![words a](mailto:a@example.org)", "mailto:a@example.org"),
    ],
)
def test_link_that_is_left_out_becomes_its_words_with_a_warning(text: str, address: str) -> None:
    rendered = render_markdown(f"{text} [b](c)")
    assert re.sub("</?(p|em|code)>", "", rendered.html) == 'words a <a href="c">b</a>\n'
    (warning,) = rendered.warnings
    assert warning == f"{address} is left out; expected a path, http, https, mailto or tel"


# Stories.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "![Main *one*](story:forms/button/primary)",
            "<figure>forms/button/primary|Main one</figure>",
        ),
        (
            "![](story:/forms/button/primary/)",
            "<figure>forms/button/primary|forms/button/primary</figure>",
        ),
        ("![A](story:forms/über/große)", "<figure>forms/über/große|A</figure>"),
        ("![A](<story:forms/button/primary>)", "<figure>forms/button/primary|A</figure>"),
        (
            "Before\n![A](story:forms/button/primary)\nafter *it*",
            "<p>Before</p>\n<figure>forms/button/primary|A</figure><p>after <em>it</em></p>\n",
        ),
        (
            "![A](story:forms/button/primary)\n![B](story:forms/button/primary)",
            "<figure>forms/button/primary|A</figure><figure>forms/button/primary|B</figure>",
        ),
        (
            "- ![A](story:forms/button/primary)",
            "<ul>\n<li>\n<figure>forms/button/primary|A</figure></li>\n</ul>\n",
        ),
    ],
)
def test_story_is_shown_by_its_path(text: str, expected: str) -> None:
    assert render_markdown(text, frame) == RenderedMarkdown(Markup(expected))


def test_missing_story_is_reported_on_the_page_and_to_the_caller() -> None:
    rendered = render_markdown("![<A>](story:forms/none)\n\n![B](story:forms/none)", frame)
    warning = "there is no story 'forms/none'; expected a path such as section/subject/story"
    assert rendered.warnings == (warning,)
    assert rendered.html.startswith('<p class="st-missing">&lt;A&gt;: there is no story')
    assert rendered.html.count("st-missing") == 2
    assert render_markdown("![A](story:forms/button/primary)").warnings


@pytest.mark.parametrize(
    "text",
    [
        "# ![A](story:forms/button/primary)",
        "*![A](story:forms/button/primary)*",
        "| ![A](story:forms/button/primary) |\n|---|",
        "[![A](story:forms/button/primary)](x)",
    ],
)
def test_story_within_a_line_becomes_its_label_with_a_warning(text: str) -> None:
    rendered = render_markdown(text, frame)
    assert "figure" not in rendered.html
    assert ">A<" in rendered.html
    (warning,) = rendered.warnings
    assert "'forms/button/primary' is shown within a line" in warning


# Pages.


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("# The *title*\n\nText.\n", "The title", "\nText.\n"),
        ("\n\nTitle\n=====\nText.", "Title", "Text."),
        ("Text.\n\n# Later `x`\n", "Later x", "Text.\n\n# Later `x`\n"),
        ("## Second\n", "Design notes", "## Second\n"),
        ("> # Quoted\n", "Design notes", "> # Quoted\n"),
        ("#\nText", "Design notes", "Text"),
        ("```\n# no\n```\n", "Design notes", "```\n# no\n```\n"),
        ("", "Design notes", ""),
        ("---\ntitle: Guide\n---\n\n# Hello\n", "Guide", "\n# Hello\n"),
        ("---\ntitle: Hello # so\n---\n# *Hello*\n", "Hello", ""),
        ("---\ntags: [a]\n\ntitle: 'C#: it'\n...\nText", "C#: it", "Text"),
        ('+++\ntitle = "A \\"b\\""\n+++\nText', 'A "b"', "Text"),
        ("---\n# Nothing\ndraft: true\n---\n# Later\n", "Later", ""),
        ("---\ntitle: >\n  Folded\n---\n# Later\n", "Later", ""),
        ("---\n---\nText", "Design notes", "Text"),
        ("---\n\nText\n\n---\nMore", "Design notes", "---\n\nText\n\n---\nMore"),
        ("---\ntitle: No end\n", "Design notes", "---\ntitle: No end\n"),
    ],
)
def test_page_s_title_is_its_first_heading_or_its_name(text: str, title: str, body: str) -> None:
    assert MarkdownPage.parse(text, "design_notes") == MarkdownPage("design_notes", title, body)


def test_lines_of_a_page_are_split_as_in_markdown() -> None:
    assert MarkdownPage.parse("# A\x0cB\u2028C\r\nText\u2028.\n", "a").body == "Text\u2028.\n"
