"""Link: opens a page."""

from .link import Link

__all__ = ["Link"]
