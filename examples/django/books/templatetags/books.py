"""Components that templates include by a tag, and a filter."""

from decimal import Decimal
from typing import Any

from django import template

from ..models import Book

register = template.Library()


@register.inclusion_tag("books/book.html")
def book(book: Book) -> dict[str, Any]:
    """Show a book as it stands in a list."""
    return {"book": book}


@register.filter
def euros(amount: Decimal) -> str:
    """Return an amount as this shop writes it: "€ 4.20"."""
    return f"€ {amount:,.2f}"
