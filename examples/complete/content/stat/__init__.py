"""Stat: one number that matters."""

from .stat import Stat

__all__ = ["Stat"]
