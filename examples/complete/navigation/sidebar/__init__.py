"""Sidebar: the navigation of a part with many pages."""

from .sidebar import Sidebar

__all__ = ["Sidebar"]
