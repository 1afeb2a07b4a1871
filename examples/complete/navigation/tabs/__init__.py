"""Tabs: the aspects of one thing, a page each."""

from .tabs import Tabs

__all__ = ["Tabs"]
