"""Tag: the state of something, in a word."""

from .tag import Tag

__all__ = ["Tag"]
