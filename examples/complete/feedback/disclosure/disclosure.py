"""Details on demand: the browser's own `<details>`, so it needs no JavaScript."""

from collections.abc import Mapping
from string.templatelib import Template

from ...helpers.classes import class_names
from ...helpers.ids import element_id


def Disclosure(
    summary: str, children: Template, open: bool = False, group: str | None = None
) -> Template:
    """Of several in the same `group` one at most is open."""
    return t"""
        <details class={class_names("disclosure")} open={open} name={group}>
          <summary>{summary}</summary>
          <div>{children}</div>
        </details>
    """


def Accordion(label: str, answers: Mapping[str, str]) -> Template:
    """Questions and their answers, of which one at a time is open."""
    group = element_id("group", label)
    items = [
        t"<{Disclosure} summary={question} group={group}>{answer}</{Disclosure}>"
        for question, answer in answers.items()
    ]
    return t"<div class={class_names('accordion')} role='group' aria-label={label}>{items}</div>"
