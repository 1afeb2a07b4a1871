"""EmptyState: shown instead of an empty list."""

from .empty_state import EmptyState

__all__ = ["EmptyState"]
