"""The panels below a story: props, source, HTML, accessibility. The script makes tabs of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string.templatelib import Template

from tdom import Markup

from ..markup.accessibility import Finding
from ..markup.highlighter import HtmlHighlighter
from ..render.docstrings import render_docstring
from ..render.parameters import Properties, Property
from ..render.source_excerpts import SourceExcerpt
from ..render.values import LONGEST
from .fragments import SLOT, Form, findings_mark, joined, marked, place
from .text import counted, shortened, visible

type Highlight = Callable[[str], str]
"""Returns HTML whose text is the text it is given."""

CHECKS = "checks"
PANELS = {"props": "Props", "source": "Source", "html": "HTML", CHECKS: "Accessibility"}
"""The panels' titles by name."""
FOLDED, PREVIEW = 320, 48
"""Characters from which on a value is folded, and those that are shown of it then."""
WIDE = 16
"""Characters from which on a value keeps some width, on a narrow screen, too."""


@dataclass(frozen=True)
class Details:
    """What a story's panels show, as plain data.

    `source` is the excerpt with the story, `component` the one with its target, `markup` the
    story's HTML, formatted. `warnings` tell of missing static files.
    """

    properties: Properties | None = None
    source: SourceExcerpt | None = None
    component: SourceExcerpt | None = None
    markup: str = ""
    findings: Sequence[Finding] = ()
    warnings: Sequence[str] = ()


def panels() -> Template:
    """Return all panels and tabs, with slots for the mark of CHECKS and each panel's content."""
    tabs = [
        t"""<button class="st-tab" type="button" role="tab"\
 aria-controls="st-{name}" data-panel="{name}">{title}{SLOT if name == CHECKS else None}</button>"""
        for name, title in PANELS.items()
    ]
    contents = [
        t"""<section class="st-panel" id="st-{name}"\
 aria-labelledby="st-{name}-title">
<h2 id="st-{name}-title">{title}</h2>
{SLOT}
</section>"""
        for name, title in PANELS.items()
    ]
    return t"""<div class="st-panels">
<div class="st-tabs st-live" role="tablist" aria-label="About the story">{tabs}</div>
{contents}</div>"""


class Panels:
    """Renders the panels of stories. `highlight` colours Python source."""

    _all = Form(panels())
    _code = Form(t"""<div class="st-code">
<div class="st-code-head">{SLOT}<button class="st-button st-live" type="button" data-do="copy"\
>Copy</button></div>
<pre tabindex="0" role="group" aria-label="{SLOT}"><code>{SLOT}</code></pre>
</div>""")
    _table = Form(t"""<div class="st-scroll" role="group" aria-label="Props" tabindex="0">
<table class="st-props"><thead><tr><th scope="col">Name</th><th scope="col">Value</th\
><th scope="col">Type</th><th scope="col">Default</th></tr></thead>
<tbody>{SLOT}</tbody></table></div>""")
    _row = Form(t"""<tr><th scope="row"><code>{SLOT}</code>{SLOT}</th><td>{SLOT}</td\
><td>{SLOT}</td><td>{SLOT}</td></tr>""")
    _small = Form(t"<small>{SLOT}</small>")
    _inline = Form(t"<code>{SLOT}</code>")
    _wide = Form(t'<code class="st-wide">{SLOT}</code>')
    _folded = Form(t"""<details class="st-fold"><summary><code>{SLOT}</code>
<small>{SLOT}</small></summary><code>{SLOT}</code></details>""")
    _docstring = Form(t'<div class="st-text st-doc">{SLOT}</div>')
    _empty = Form(t'<p class="st-empty">{SLOT}</p>')
    _finding = Form(t"""<li><p><strong class="st-impact">{SLOT}</strong> {SLOT}
<span class="st-rule">{SLOT}</span></p>{SLOT}</li>""")
    _snippet = Form(t'<pre tabindex="0" role="group" aria-label="Element">{SLOT}</pre>')

    def __init__(self, highlight: Highlight) -> None:
        self._python, self._markup = highlight, HtmlHighlighter()
        # Rendered once for all stories of a component.
        self._heads: dict[tuple[str, str, str], Markup] = {}
        self._rows: dict[tuple[object, ...], tuple[Markup, Markup]] = {}
        self._components: dict[SourceExcerpt, Markup] = {}

    def of(self, details: Details) -> Markup:
        return self._all.filled(
            findings_mark(len(details.findings)),
            self._props(details.properties),
            self._source(details),
            self._html(details.markup),
            self._checks(details.findings),
        )

    def about_markup(self, details: Details) -> dict[str, Markup]:
        """Return the contents of the panels that depend on what the component returned."""
        return {"html": self._html(details.markup), CHECKS: self._checks(details.findings)}

    def _props(self, found: Properties | None) -> Markup:
        if found is None:
            return self._empty.filled("No component, so no props.")
        about = found.module, found.name, found.docstring
        if about not in self._heads:
            self._heads[about] = self._head(*about)
        if found.properties:
            content = self._table.filled(joined(map(self._property, found.properties)))
        else:
            content = self._empty.filled("It takes no props.")
        return joined([self._heads[about], content])

    def _head(self, module: str, name: str, docstring: str) -> Markup:
        signature = f"{module}.{name}" if module else name
        head = self._small.filled(self._inline.filled(signature)) if name else Markup("")
        text = visible(docstring[:LONGEST])
        return joined([head, self._docstring.filled(render_docstring(text))]) if text else head

    def _property(self, each: Property) -> Markup:
        own = each.name, each.type, each.default, each.required, each.description, each.notes
        if own not in self._rows:
            before, after = self._row_around(each).split(SLOT)
            self._rows[own] = before, after
        before, after = self._rows[own]
        return joined([before, self._cell(each.value), after])

    def _row_around(self, each: Property) -> Markup:
        """The row of a property, with a slot for its value."""
        notes = ", ".join([*(["required"] if each.required else []), *each.notes])
        return self._row.filled(
            visible(each.name),
            joined(self._small.filled(visible(text)) for text in (notes, each.description) if text),
            SLOT,
            self._cell(each.type),
            self._cell(each.default),
        )

    def _cell(self, text: str) -> Markup:
        text = visible(text)
        if len(text) > FOLDED:
            size = counted(len(text), "character")
            return self._folded.filled(shortened(text, PREVIEW), size, text)
        form = self._wide if len(text) > WIDE else self._inline
        return form.filled(text) if text else Markup()

    def _source(self, details: Details) -> Markup:
        story = self._excerpt(details.source, "Story") if details.source else Markup()
        component = self._component(details.component) if details.component else Markup()
        return joined([story, component]) or self._empty.filled("Its source could not be found.")

    def _component(self, excerpt: SourceExcerpt) -> Markup:
        if excerpt not in self._components:
            self._components[excerpt] = self._excerpt(excerpt, "Component")
        return self._components[excerpt]

    def _excerpt(self, excerpt: SourceExcerpt, label: str) -> Markup:
        head = place(excerpt.file, excerpt.first)
        return self._code.filled(
            head, f"{label} source", marked(self._python(visible(excerpt.text)))
        )

    def _html(self, markup: str) -> Markup:
        if not markup:
            return self._empty.filled("It rendered nothing.")
        head = self._small.filled("What the component returned, indented")
        return self._code.filled(head, "Rendered HTML", marked(self._markup(visible(markup))))

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
