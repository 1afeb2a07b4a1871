"""Stories of an included template."""

from storytime import Story, Subject

from ..books import EMMA, WAVES
from ..rendering import template


def book() -> Subject:
    """Return the subject; its target renders `books/book.html`."""
    return Subject(
        description="One book in a list. Templates include it by `{% book … %}`.",
        target=template("books/book.html"),
        items=[
            Story(title="In stock", props={"book": WAVES}),
            Story(title="Out of stock", props={"book": EMMA}),
        ],
    )
