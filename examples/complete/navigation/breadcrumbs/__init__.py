"""Breadcrumbs: the place of this page."""

from .breadcrumbs import Breadcrumbs

__all__ = ["Breadcrumbs"]
