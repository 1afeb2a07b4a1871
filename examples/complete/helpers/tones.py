"""The tone of a message: what it means, apart from what it says."""

from enum import StrEnum


class Tone(StrEnum):
    """A tone has a colour (see the components' CSS) and an icon: colour never says it alone."""

    NEUTRAL = "neutral"
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"

    @property
    def icon_name(self) -> str:
        return ICON_NAMES[self]


ICON_NAMES = {
    Tone.NEUTRAL: "info",
    Tone.INFO: "info",
    Tone.SUCCESS: "check-circle",
    Tone.WARNING: "warning",
    Tone.DANGER: "stop",
}
