"""Tooltip: an explanation on demand."""

from .tooltip import Tooltip

__all__ = ["Tooltip"]
