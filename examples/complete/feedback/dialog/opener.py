"""A dialog and the button that opens it."""

from string.templatelib import Template

from ...actions.button import Button
from .dialog import Dialog


def CancelBooking() -> Template:
    """A component can be called in Python as well: here to know the id of the dialog it makes."""
    dialog = Dialog(
        heading="Cancel this booking?",
        children=t"<p>You get back € 38.50. The seats go to others at once.</p>",
        confirm="Cancel booking",
        dismiss="Keep it",
        dangerous=True,
    )
    return t"""
        <{Button} label="Cancel booking…" command="show-modal" commandfor={dialog.id} />
        {dialog()}
    """
