"""RadioGroup: one of a few answers, all visible."""

from .radio_group import Choice, RadioGroup

__all__ = ["Choice", "RadioGroup"]
