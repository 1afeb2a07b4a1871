"""What the application knows: loaves, and customers."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Loaf:
    """Something to buy."""

    name: str
    price: Decimal
    is_fresh: bool = True


@dataclass(frozen=True)
class Customer:
    """Somebody who has signed in."""

    name: str
