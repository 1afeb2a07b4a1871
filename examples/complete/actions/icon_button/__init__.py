"""IconButton: a button with an icon instead of words."""

from .icon_button import IconButton

__all__ = ["IconButton"]
