"""Tooltip: a word more, for those who ask."""

from .tooltip import Tooltip

__all__ = ["Tooltip"]
