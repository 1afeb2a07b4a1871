"""Progress: how far something has come."""

from .progress import Progress

__all__ = ["Progress"]
