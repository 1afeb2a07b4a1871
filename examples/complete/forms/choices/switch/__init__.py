"""Switch: on or off, effective at once."""

from .switch import Switch

__all__ = ["Switch"]
