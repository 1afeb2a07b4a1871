"""Docstrings are Markdown, and what Python's other styles lay out stays as it is."""

import pytest

from storytime.render.docstrings import render_docstring


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A `b` with *c*.\n\nD.", "<p>A <code>b</code> with <em>c</em>.</p>\n<p>D.</p>\n"),
        ("- a\n  b\n- c", "<ul>\n<li>a\nb</li>\n<li>c</li>\n</ul>\n"),
        ("A <i>", "<p>A &lt;i&gt;</p>\n"),
        ("Args:\n    a: b\n      c", "<pre>Args:\n    a: b\n      c</pre>\n"),
        (":param a: b\n:returns: c", "<pre>:param a: b\n:returns: c</pre>\n"),
        (">>> f(1)\n2\n\nNext.", "<pre>&gt;&gt;&gt; f(1)\n2</pre>\n<p>Next.</p>\n"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
        ("Raises\n------\nE\n    If x.", "<h3>Raises</h3>\n<pre>E\n    If x.</pre>\n"),
        ("## A\n\n# B\n\n##### C", "<h4>A</h4>\n<h3>B</h3>\n<h6>C</h6>\n"),
        ("[a](b.md) ![c](d.png) [e](story:f)", "<p>a c e</p>\n"),
        ("[a](https://b.c)", '<p><a href="https://b.c">a</a></p>\n'),
        ("![A](story:a/b)", "<p>A</p>\n"),
        ("", ""),
    ],
)
def test_docstring_is_rendered(text: str, expected: str) -> None:
    assert render_docstring(text) == expected


def test_indented_lines_in_a_fence_stay_code() -> None:
    html = render_docstring("```\ndef f():\n\n    x\n```\n\n- a\n\n      b")
    assert "<pre><code>def f():\n\n    x\n</code></pre>" in html
    assert "<li>\n<p>a</p>" in html
