"""The frame of a form."""

from string.templatelib import Template

from ...actions.button import Button
from ...helpers.classes import class_names
from ...helpers.ids import element_id


def Form(heading: str, submit: str, children: Template, note: str | None = None) -> Template:
    """Fields (`children`), and one button that sends them; `submit` is what it says.

    The form is named after its heading, so that people can jump to it.
    """
    heading_id = element_id("form", heading)
    return t"""
        <form class={class_names("form")} action="#" aria-labelledby={heading_id}>
          <h2 id={heading_id}>{heading}</h2>
          {children}
          <div class="hb-form__end">
            <{Button} label={submit} variant="primary" submit />
            {note and t"<p>{note}</p>"}
          </div>
        </form>
    """
