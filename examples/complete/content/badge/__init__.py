"""Badge: a number on another component."""

from .badge import Badge

__all__ = ["Badge"]
