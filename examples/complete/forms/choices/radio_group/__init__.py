"""RadioGroup: one of a few, all in sight."""

from .radio_group import Choice, RadioGroup

__all__ = ["Choice", "RadioGroup"]
