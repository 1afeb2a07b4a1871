"""EmptyState: what stands where nothing is."""

from .empty_state import EmptyState

__all__ = ["EmptyState"]
