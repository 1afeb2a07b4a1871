"""Stories of an included template."""

from decimal import Decimal

from storytime import Story, Subject

from ..rendering import template
from ..shop import Loaf


def loaf() -> Subject:
    """Return the subject; its target renders `templates/loaf.html`."""
    return Subject(
        description="One loaf in a list. Its price goes through the shop's own filter.",
        target=template("loaf.html"),
        items=[
            Story(title="Fresh", props={"loaf": Loaf("Rye & caraway", Decimal("4.2"))}),
            Story(
                title="From yesterday",
                props={"loaf": Loaf("Spelt", Decimal("2.9"), is_fresh=False)},
            ),
        ],
    )
