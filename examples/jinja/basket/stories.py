"""Stories of a whole page."""

from decimal import Decimal

from storytime import Story, Subject

from ..rendering import template
from ..shop import Customer, Loaf

LOAVES = [Loaf("Rye & caraway", Decimal("4.2")), Loaf("Spelt", Decimal("2.9"), is_fresh=False)]


def basket() -> Subject:
    """Return the subject; one of its stories has another user and a message."""
    return Subject(
        description="The page with what a customer is about to buy.",
        target=template("basket.html"),
        items=[
            Story(title="Empty", props={"loaves": []}),
            Story(title="Full", props={"loaves": LOAVES}),
            Story(
                title="Signed in",
                props={
                    "loaves": LOAVES,
                    "user": Customer("Ada"),
                    "messages": ["Spelt is in your basket."],
                },
            ),
        ],
    )
