"""Button: changes something."""

from .button import Button

__all__ = ["Button"]
