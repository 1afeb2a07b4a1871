"""Alert: something to know about this page."""

from .alert import Alert

__all__ = ["Alert"]
