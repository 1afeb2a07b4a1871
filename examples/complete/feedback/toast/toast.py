"""What has just happened."""

from string.templatelib import Template

from ...actions.button import Button
from ...actions.icon_button import IconButton
from ...helpers.classes import class_names
from ...helpers.tones import Tone
from ...icon import Icon


def Toast(message: str, tone: Tone = Tone.SUCCESS, undo: str | None = None) -> Template:
    """One sentence. `undo`, where it is possible, is what the button says."""
    button = t"<{Button} label={undo or ''} size='small' variant='quiet' />"
    return t"""
        <div class={class_names("toast", tone)} role="status">
          {Icon(tone.icon_name)}
          <p>{message}</p>
          {button if undo else None}
          <{IconButton} icon={Icon("close")} label="Dismiss" />
        </div>
    """
