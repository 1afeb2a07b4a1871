"""Switch: on or off, at once."""

from .switch import Switch

__all__ = ["Switch"]
