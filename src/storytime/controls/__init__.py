"""What a person may change of a story's props, and a story with such changes.

Imported only where a person changes props; no build needs it.
"""

from .given import StateError
from .state import Applied, apply_state

__all__ = ["Applied", "StateError", "apply_state"]
