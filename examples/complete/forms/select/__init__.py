"""Select: one of many answers."""

from .select import Select

__all__ = ["Select"]
