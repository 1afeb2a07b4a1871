"""Books for stories. None of them is saved: stories need no database."""

from decimal import Decimal

from books.models import Book

WAVES = Book(pk=1, title="The Waves", author="Virginia Woolf", price=Decimal("9.9"))
EMMA = Book(pk=2, title="Emma", author="Jane Austen", price=Decimal("12"), in_stock=False)
