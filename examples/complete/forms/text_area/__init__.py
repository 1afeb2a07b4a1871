"""TextArea: several lines of text."""

from .text_area import TextArea

__all__ = ["TextArea"]
