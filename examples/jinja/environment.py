"""The application's Jinja environment, with a filter of its own."""

from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def euros(amount: Decimal) -> str:
    """Return an amount as this shop writes it: "€ 4.20"."""
    return f"€ {amount:,.2f}"


environment.filters["euros"] = euros
