"""Button: starts an action."""

from .button import Button

__all__ = ["Button"]
