"""Stat: one important number."""

from .stat import Stat

__all__ = ["Stat"]
