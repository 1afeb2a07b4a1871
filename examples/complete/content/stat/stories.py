"""Props that are numbers of several kinds."""

from decimal import Decimal
from string.templatelib import Template

from storytime import Story, Subject

from .stat import Stat


def Today() -> Template:
    """How they look side by side."""
    return t"""
        <div class="hb-grid">
          <{Stat} label="Passengers" value={1284} change={0.062} />
          <{Stat} label="Takings" value={Decimal("24871.5")} change={-0.018} />
          <{Stat} label="Average delay" value={4.5} unit="min" change={0.0} />
        </div>
    """


def stats() -> Subject:
    return Subject(
        title="Stat",
        description="One number that matters.",
        target=Stat,
        items=[
            Story(title="A count", props={"label": "Passengers", "value": 1284, "change": 0.062}),
            Story(title="Money", props={"label": "Takings", "value": Decimal("24871.5")}),
            Story(title="A measure", props={"label": "Delay", "value": 4.5, "unit": "min"}),
            Story(title="A row of them", target=Today),
        ],
    )
