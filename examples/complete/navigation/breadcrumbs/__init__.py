"""Breadcrumbs: where this page stands."""

from .breadcrumbs import Breadcrumbs

__all__ = ["Breadcrumbs"]
