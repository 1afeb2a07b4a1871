"""ButtonGroup: buttons that belong together."""

from .button_group import ButtonGroup

__all__ = ["ButtonGroup"]
