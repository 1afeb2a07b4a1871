"""What is to be read of a story below its look: props, source, HTML, accessibility.

They stand one below the other; the script makes tabs of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tdom import Markup, html

from ..checks import Finding
from ..properties import Properties, Property
from ..source_code import SourceExcerpt
from .forms import SLOT, Form, joined
from .navigation import findings_mark
from .text import counted, paragraphs, visible


@dataclass(frozen=True)
class Details:
    """What a story's page tells beside its look: plain data, found by the build.

    `markup` is the story's HTML, formatted; `source` its own lines, `component` those of its
    target; `warnings` what its page has to say of the story's assets.
    """

    properties: Properties | None = None
    source: SourceExcerpt | None = None
    component: SourceExcerpt | None = None
    markup: str = ""
    findings: Sequence[Finding] = ()
    warnings: Sequence[str] = field(default=())


class Panels:
    """Renders the panels of stories; every template once."""

    def __init__(self) -> None:
        self._panel = Form(t"""<section class="st-panel" id="st-{SLOT}"
 aria-labelledby="st-{SLOT}-title">
<h2 id="st-{SLOT}-title">{SLOT}</h2>
{SLOT}
</section>""")
        self._around = Form(t"""<div class="st-panels">
<div class="st-tabs st-live" role="tablist" aria-label="About the story">{SLOT}</div>
{SLOT}</div>""")
        self._tab = Form(t"""<button class="st-tab" type="button" role="tab"
 aria-controls="st-{SLOT}" data-panel="{SLOT}">{SLOT}{SLOT}</button>""")
        self._code = Form(t"""<div class="st-code">
<div class="st-code-head">{SLOT}<button class="st-button st-live" type="button" data-do="copy"
>Copy</button></div>
<pre tabindex="0" role="group" aria-label="{SLOT}"><code>{SLOT}</code></pre>
</div>""")
        self._place = Form(
            t'<span class="st-place" data-file="{SLOT}" data-line="{SLOT}">{SLOT}</span>'
        )
        self._table = Form(t"""<div class="st-scroll" role="group" aria-label="Props" tabindex="0">
<table class="st-props"><thead><tr><th scope="col">Name</th><th scope="col">Value</th
><th scope="col">Type</th><th scope="col">Default</th></tr></thead>
<tbody>{SLOT}</tbody></table></div>""")
        self._row = Form(t"""<tr><th scope="row"><code>{SLOT}</code>{SLOT}</th><td>{SLOT}</td
><td>{SLOT}</td><td>{SLOT}</td></tr>""")
        self._small = Form(t"<small>{SLOT}</small>")
        self._inline = Form(t"<code>{SLOT}</code>")
        self._text = Form(t'<p class="st-doc">{SLOT}</p>')
        self._laid_out = Form(
            t'<pre class="st-doc" tabindex="0" role="group" aria-label="Docstring">{SLOT}</pre>'
        )
        self._empty = Form(t'<p class="st-empty">{SLOT}</p>')
        self._finding = Form(t"""<li><p><strong class="st-impact">{SLOT}</strong> {SLOT}
<span class="st-rule">{SLOT}</span></p>{SLOT}</li>""")
        self._snippet = Form(t'<pre tabindex="0" role="group" aria-label="Element">{SLOT}</pre>')

    def of(self, details: Details) -> Markup:
        """All panels of a story, and the tabs that the script shows one of them by."""
        number = len(details.findings)
        panels = [
            ("props", "Props", self._props(details.properties)),
            ("source", "Source", self._source(details)),
            ("html", "HTML", self._html(details.markup)),
            ("checks", "Accessibility", self._checks(details.findings)),
        ]
        tabs = joined(
            self._tab.filled(name, name, title, _mark(number if name == "checks" else 0))
            for name, title, _ in panels
        )
        contents = joined(
            self._panel.filled(name, name, name, title, content) for name, title, content in panels
        )
        return self._around.filled(tabs, contents)

    def _props(self, found: Properties | None) -> Markup:
        if found is None:
            return self._empty.filled("No component, so no props.")
        signature = f"{found.module}.{found.name}" if found.module else found.name
        head = self._small.filled(self._inline.filled(signature)) if found.name else Markup("")
        text = joined(map(self._block, paragraphs(found.docstring)))
        if not found.properties:
            return head + text + self._empty.filled("It takes no props.")
        rows = joined(map(self._property, found.properties))
        return head + text + self._table.filled(rows)

    def _block(self, text: str) -> Markup:
        """A paragraph of a docstring; one with indented lines is laid out by its author."""
        form = self._laid_out if re.search(r"\n\s", text) else self._text
        return form.filled(text)

    def _property(self, each: Property) -> Markup:
        notes = [*(["required"] if each.required else []), *each.notes]
        small = [self._small.filled(visible(text)) for text in (", ".join(notes), each.description)]
        return self._row.filled(
            visible(each.name),
            joined(
                text for text, said in zip(small, (notes, each.description), strict=True) if said
            ),
            *(
                self._inline.filled(visible(text)) if text else ""
                for text in (each.value, each.type, each.default)
            ),
        )

    def _source(self, details: Details) -> Markup:
        blocks = [
            self._excerpt(excerpt, label)
            for excerpt, label in ((details.source, "Story"), (details.component, "Component"))
            if excerpt is not None
        ]
        return joined(blocks) or self._empty.filled("Its source could not be found.")

    def _excerpt(self, excerpt: SourceExcerpt, label: str) -> Markup:
        place = self.place(excerpt.file, excerpt.first)
        return self._code.filled(place, f"{label} source", visible(excerpt.text))

    def place(self, file: str, line: int) -> Markup:
        """A file and line, which the script makes a link that opens the editor."""
        shown = f"{file}:{line}" if line else file
        return self._place.filled(visible(file), str(line), visible(shown))

    def _html(self, markup: str) -> Markup:
        if not markup:
            return self._empty.filled("It rendered nothing.")
        head = self._small.filled("What the component returned, indented")
        return self._code.filled(head, "Rendered HTML", visible(markup))

    def _checks(self, findings: Sequence[Finding]) -> Markup:
        if not findings:
            return self._empty.filled("The static rules find nothing.")
        items = joined(
            self._finding.filled(
                each.impact,
                visible(each.message),
                f"{each.rule}, {each.criterion}" if each.criterion else each.rule,
                self._snippet.filled(visible(each.snippet)) if each.snippet else "",
            )
            for each in findings
        )
        count = self._small.filled(counted(len(findings), "finding"))
        return count + Markup('<ul class="st-checks">') + items + Markup("</ul>")


def _mark(number: int) -> Markup:
    return Markup(html(findings_mark(number)))
