"""Navbar: the top of every page."""

from .navbar import Navbar

__all__ = ["Navbar"]
