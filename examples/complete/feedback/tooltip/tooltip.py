"""An explanation on demand."""

from string.templatelib import Template

from ...helpers.classes import class_names
from ...helpers.ids import element_id


def Tooltip(label: str, text: str, shown: bool = False) -> Template:
    """`text` appears when the button that says `label` has the mouse or the focus.

    `shown` keeps it there, which no page needs but a picture of it does.
    """
    tip_id = element_id("tip", label)
    return t"""
        <span class={class_names("tooltip", "shown" if shown else None)}>
          <button type="button" aria-describedby={tip_id}>{label}</button>
          <span role="tooltip" id={tip_id}>{text}</span>
        </span>
    """
