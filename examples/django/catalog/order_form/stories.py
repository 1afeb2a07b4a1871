"""Stories of a form: Django renders it, since a form has `__html__`."""

from books.forms import OrderForm

from storytime import Story, Subject


def order_form() -> Subject:
    """Return the subject. With data a form is bound, and shows what is wrong with them."""
    return Subject(
        description="The fields of an order. They come from the model `Order`.",
        target=OrderForm,
        items=[
            Story(title="Blank"),
            Story(
                title="Refused",
                props={"data": {"name": "A", "email": "ada at home", "copies": "9"}},
            ),
        ],
    )
