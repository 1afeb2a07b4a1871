"""Strategies for random HTML, well-formed or not, and its tokens by the HTML standard."""

from hypothesis import strategies as st
from justhtml import stream

type Event = tuple[str, str] | tuple[str, str, tuple[tuple[str, str], ...]]

END = " x'\">"
"""Closes an unfinished tag with any quotes, since an unfinished tag is not a token."""

PIECES = (
    """
<div>|</div>|<p>|</p>|<p class="a  b">|<ul>|<li>|</li>|</ul>|<b>|</b>|<span title='<b>'>|</span>
<a href=x>|</a>|<br>|<br/>|<img src="a b">|<input value="&lt;" disabled>|<button>|</button>
<select>|<option>|</select>|<table>|<tr>|<td>|</td>|</table>|<pre>|</pre>|<textarea>|</textarea>
<script>|</script >|<style>|</style>|<title>|</title>|<svg>|<path d="M0 0"/>|<title/>|<text>
</text>|<tspan>|</tspan>|<![CDATA[a  <b>]]>|<foreignObject>|</foreignObject>|</svg>|<math>|<mi>
</mi>|</math>|<!-- a  b -->|<!-->|<!--a--!>|<!doctype html>|<?php x  ?>|</ x>
<x-card a=1 a=2 =3 "4>|</x-card>|<DIV  Id = "x"  / y>|</DIV>|<a b='c'd="e"f=g/h>|<|< b>|</|</>|&
&amp;|&lt;b&gt;|>|"|'|=|/|hello|  two  words |.|(|a<b|é\u00a0x|\u2003|<noscript>|</noscript>
<template>|</template>|<iframe>|</iframe>|<link href=a>|<meta charset=utf-8>|<h1>|</h1>
<section>|</section>|<span style="white-space: pre">|<hr>|<label>|</label>
""".strip()
    .replace("\n", "|")
    .split("|")
)

pieces = st.lists(
    st.sampled_from([*PIECES, "<!--", "<a href='", '<b x="', "\n", "\n  ", " ", "\t", "\r\n"]),
    max_size=25,
)
html_texts = pieces.map(lambda some: "".join(some) + END)
"""HTML whose tags are all finished."""


def events(text: str) -> list[Event]:
    """Return the tokens by justhtml: tags, comments, and adjacent text as one."""
    found: list[Event] = []
    for kind, data in stream(text.replace("\r\n", "\n")):
        match kind, data:
            case "start", (str(name), dict(attributes)):
                values = tuple((key.lower(), value or "") for key, value in attributes.items())
                found.append(("start", name.lower(), values))
            case "end", str(name):
                found.append(("end", name.lower()))
            case (("text" | "comment"), str(content)):
                if kind == "text" and found and found[-1][0] == "text":
                    content = found.pop()[1] + content
                found.append((kind, content))
            case _:
                found.append((kind, repr(data)))
    return found
