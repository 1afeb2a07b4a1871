"""Sidebar: the way around in a part with many pages."""

from .sidebar import Sidebar

__all__ = ["Sidebar"]
