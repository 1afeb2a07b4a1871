"""Props that are a list of our own values."""

from storytime import Story, Subject

from .radio_group import Choice, RadioGroup

FARES = [
    Choice("saver", "Saver", "This sailing only; no change, no refund."),
    Choice("flex", "Flexible", "Any sailing of the day."),
    Choice("open", "Open", "Any sailing within a year, refunded if unused."),
]


def radio_groups() -> Subject:
    return Subject(
        title="Radio group",
        description="One of a few, all in sight. From six on, take a select.",
        target=RadioGroup,
        items=[
            Story(
                title="Short",
                props={
                    "legend": "You travel",
                    "name": "trip",
                    "choices": [Choice("single", "One way"), Choice("return", "There and back")],
                    "chosen": "return",
                },
            ),
            Story(
                title="With hints",
                props={"legend": "Fare", "name": "fare", "choices": FARES, "chosen": "flex"},
            ),
        ],
    )
