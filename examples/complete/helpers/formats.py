"""How Harbour formats values. Not with `strftime` or `locale`, which depend on the machine."""

from datetime import date
from decimal import Decimal

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def money(amount: Decimal) -> str:
    """`money(Decimal("1249.5"))` is "€ 1,249.50", with a space that doesn't break."""
    return f"€\N{NO-BREAK SPACE}{amount:,.2f}"


def day(value: date) -> str:
    """`day(date(2030, 6, 7))` is "7 Jun 2030"."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
