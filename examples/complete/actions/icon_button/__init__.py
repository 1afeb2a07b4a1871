"""IconButton: a button without room for words."""

from .icon_button import IconButton

__all__ = ["IconButton"]
