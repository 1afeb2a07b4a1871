"""Toast: what has just happened."""

from .toast import Toast

__all__ = ["Toast"]
