"""Dialog: a question that has to be answered."""

from .dialog import Dialog

__all__ = ["Dialog"]
