"""Avatar: a person, small."""

from .avatar import Avatar

__all__ = ["Avatar"]
