"""How far something has come."""

from tdom import html

from ...helpers.classes import class_names
from ...helpers.ids import element_id


def Progress(label: str, value: float | None = None) -> str:
    """`value` is a share from 0 to 1; None where nobody knows how long it takes.

    This component returns a `str`: HTML that is finished. That suits an e-mail, a response or a
    file, but in a template it would be escaped like any other str; there, wrap it in `Markup`.
    """
    bar_id = element_id("progress", label)
    shown = None if value is None else f"{value:.0%}"
    return html(t"""
        <div class={class_names("progress")}>
          <label for={bar_id}>{label}</label>
          <span aria-hidden="true">{shown}</span>
          <progress id={bar_id} max="1" value={value}>{shown}</progress>
        </div>
    """)
