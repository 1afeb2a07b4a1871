"""The state of something, in a word."""

from string.templatelib import Template

from ...helpers.classes import class_names
from ...helpers.tones import Tone


def Tag(label: str, tone: Tone = Tone.NEUTRAL) -> Template:
    """The word says the state, the tone only colours it."""
    return t"<span class={class_names('tag', tone)}>{label}</span>"
