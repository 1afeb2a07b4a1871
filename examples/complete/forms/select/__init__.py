"""Select: one of many."""

from .select import Select

__all__ = ["Select"]
