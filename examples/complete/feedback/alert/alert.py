"""Something to know about this page."""

from dataclasses import dataclass
from string.templatelib import Template

from ...helpers.classes import class_names
from ...helpers.tones import Tone
from ...icon import Icon


@dataclass(frozen=True)
class Alert:
    """A heading, and the rest as `children`. Only danger interrupts what a screen reader says."""

    heading: str
    children: Template
    tone: Tone = Tone.INFO

    def __call__(self) -> Template:
        role = "alert" if self.tone is Tone.DANGER else "status"
        return t"""
            <div class={class_names("alert", self.tone)} role={role}>
              {Icon(self.tone.icon_name, size=22)}
              <div>
                <p class="hb-alert__heading">{self.heading}</p>
                <div>{self.children}</div>
              </div>
            </div>
        """
