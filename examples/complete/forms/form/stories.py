"""A story may have its own target: first the frame alone, then a form made with it."""

from storytime import Story, Subject

from ..text_area import TextArea
from ..text_field import TextField
from .booking_form import BookingForm
from .form import Form


def form_stories() -> Subject:
    return Subject(
        title="Form",
        description="Fields, and the one button that sends them.",
        target=Form,
        items=[
            Story(
                title="Short",
                props={
                    "heading": "Write to us",
                    "submit": "Send message",
                    "children": t"""
                        <{TextField} label="E-mail" name="email" kind="email" required />
                        <{TextArea} label="Message" name="message" required />
                    """,
                },
            ),
            Story(title="A booking", target=BookingForm),
            Story(
                title="A booking with mistakes",
                target=BookingForm,
                props={
                    "values": {"from": "kel", "to": "kel", "day": "2030-06-07"},
                    "errors": {"to": "That is where you start from. Choose another port."},
                },
            ),
        ],
    )
