"""Form: fields, and the button that sends them."""

from .form import Form

__all__ = ["Form"]
