"""One of a few answers, all visible."""

from collections.abc import Sequence
from dataclasses import dataclass
from string.templatelib import Template

from ....helpers.classes import class_names


@dataclass(frozen=True)
class Choice:
    """One of the answers: what is sent, what is shown, and what that means."""

    value: str
    label: str
    hint: str | None = None


@dataclass(frozen=True)
class RadioGroup:
    """A question and its answers. The `legend` is read out with each of them."""

    legend: str
    name: str
    choices: Sequence[Choice]
    chosen: str | None = None

    def __call__(self) -> Template:
        return t"""
            <fieldset class={class_names("radio-group")}>
              <legend>{self.legend}</legend>
              {[self._radio(choice) for choice in self.choices]}
            </fieldset>
        """

    def _radio(self, choice: Choice) -> Template:
        hint = t"<span class='hb-choice__hint'>{choice.hint}</span>"
        return t"""
            <label class={class_names("choice")}>
              <input
                type="radio" name={self.name} value={choice.value}
                checked={choice.value == self.chosen}
              >
              <span>{choice.label}</span>
              {hint if choice.hint else None}
            </label>
        """
