"""Link: leads somewhere."""

from .link import Link

__all__ = ["Link"]
