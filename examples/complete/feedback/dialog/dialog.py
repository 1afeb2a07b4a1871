"""A question that has to be answered before anything else."""

from dataclasses import dataclass
from string.templatelib import Template

from ...actions.button import Button
from ...helpers.classes import class_names
from ...helpers.ids import element_id


@dataclass(frozen=True)
class Dialog:
    """The browser's own dialog: it keeps the focus inside and closes with Escape.

    A button opens it without JavaScript: `command="show-modal"`, `commandfor` the dialog's id.
    Its form has the method "dialog": whatever button is pressed, the dialog closes.
    """

    heading: str
    children: Template
    confirm: str
    dismiss: str = "Not now"
    dangerous: bool = False
    open: bool = False

    @property
    def id(self) -> str:
        return element_id("dialog", self.heading)

    def __call__(self) -> Template:
        heading_id = f"{self.id}-heading"
        variant = "danger" if self.dangerous else "primary"
        return t"""
            <dialog
              id={self.id} class={class_names("dialog")} open={self.open}
              aria-labelledby={heading_id}
            >
              <form method="dialog">
                <h2 id={heading_id}>{self.heading}</h2>
                <div>{self.children}</div>
                <footer>
                  <{Button} label={self.dismiss} submit value="dismiss" />
                  <{Button} label={self.confirm} variant={variant} submit value="confirm" />
                </footer>
              </form>
            </dialog>
        """
