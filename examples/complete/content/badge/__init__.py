"""Badge: how many."""

from .badge import Badge

__all__ = ["Badge"]
