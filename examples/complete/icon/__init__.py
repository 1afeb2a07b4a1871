"""Icon: one symbol of Harbour's set."""

from .icon import Icon
from .shapes import SHAPES

__all__ = ["SHAPES", "Icon"]
