"""A form of the application: components made of components, down to the label of a field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from string.templatelib import Template

from ..choices.checkbox import Checkbox
from ..choices.radio_group import Choice, RadioGroup
from ..select import Select
from ..text_field import TextField
from .form import Form

PORTS = {"kel": "Kelby", "orm": "Ormsey", "sto": "Storr", "van": "Vane Island"}
TRIPS = [Choice("single", "One way"), Choice("return", "There and back")]


@dataclass(frozen=True)
class BookingForm:
    """What somebody filled in, and what is wrong with it: both by the field's name."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def __call__(self) -> Template:
        return t"""
            <{Form} heading="Book a crossing" submit="Find sailings" note="You pay in the end.">
              <div class="hb-form__row">{self._port("from", "From")}{self._port("to", "To")}</div>
              <div class="hb-form__row">
                <{TextField}
                  label="Day" name="day" kind="date" required
                  value={self.values.get("day", "")} error={self.errors.get("day")}
                />
                <{TextField}
                  label="Passengers" name="passengers" kind="number" required
                  value={self.values.get("passengers", 1)}
                />
              </div>
              <{RadioGroup} legend="You travel" name="trip" choices={TRIPS} chosen="return" />
              <{Checkbox} label="We bring a car" name="car" hint="Be there 30 minutes earlier." />
            </{Form}>
        """

    def _port(self, name: str, label: str) -> Template:
        return t"""
            <{Select}
              label={label} name={name} options={PORTS} prompt="Choose a port" required
              chosen={self.values.get(name)} error={self.errors.get(name)}
            />
        """
