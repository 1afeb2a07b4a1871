"""TextField: one line of text."""

from .text_field import TextField

__all__ = ["TextField"]
