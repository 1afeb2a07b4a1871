"""Icon: one sign out of Harbour's set."""

from .icon import Icon
from .shapes import SHAPES

__all__ = ["SHAPES", "Icon"]
