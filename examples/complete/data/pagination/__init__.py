"""Pagination: a long list, page by page."""

from .pagination import Pagination

__all__ = ["Pagination"]
