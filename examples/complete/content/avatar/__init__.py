"""Avatar: a small picture of a person."""

from .avatar import Avatar

__all__ = ["Avatar"]
