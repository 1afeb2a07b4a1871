"""Stories of whole pages. What they need of a request is in `rendering.py`, or in their props."""

from books.forms import OrderForm
from django.contrib.auth.models import User
from django.contrib.messages import SUCCESS
from django.contrib.messages.storage.base import Message

from storytime import Story, Subject

from ..books import EMMA, WAVES
from ..rendering import template


def pages() -> Subject:
    """Return the subject; its stories have targets of their own, or another user."""
    shop, order = template("books/shop.html"), template("books/order.html")
    refused = OrderForm({"name": "A", "email": "ada at home", "copies": "9"})
    return Subject(
        description="The pages of the shop, as its views render them.",
        target=shop,
        items=[
            Story(title="Shop", props={"books": [WAVES, EMMA]}),
            Story(title="Sold out", props={"books": []}),
            Story(
                title="After an order",
                props={
                    "books": [WAVES, EMMA],
                    "user": User(username="ada", first_name="Ada"),
                    "messages": [Message(SUCCESS, "“The Waves” is yours.")],
                },
            ),
            Story(
                title="Order",
                target=order,
                props={"book": WAVES, "form": OrderForm(), "path": "/order/1/"},
            ),
            Story(
                title="Order refused",
                target=order,
                props={"book": WAVES, "form": refused, "path": "/order/1/"},
            ),
        ],
    )
