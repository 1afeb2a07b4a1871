"""A picture without a request: an SVG in the URL itself, so that the catalog works offline."""

from string.templatelib import Template
from urllib.parse import quote

from storytime import Story, Subject

from .avatar import Avatar

PORTRAIT = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
    '<path fill="#9fd3df" d="M0 0h64v64H0z"/>'
    '<path fill="#0b5a70" d="M8 64c0-16 11-22 24-22s24 6 24 22z"/>'
    '<circle fill="#f0c5a3" cx="32" cy="27" r="13"/>'
    '<path fill="#f7f4ea" d="M17 20h30l-4-9H21z"/><path fill="#0a2c38" d="M16 19h32v4H16z"/>'
    "</svg>"
)


def Crew() -> Template:
    """Several, to see that they can be told apart."""
    names = ["Ada Byrne", "Bo Lindqvist", "Chidi Okafor", "Dana Ruiz", "Eirik Vold"]
    return t"<div class='hb-row'>{[t'<{Avatar} name={name} />' for name in names]}</div>"


def avatars() -> Subject:
    return Subject(
        title="Avatar",
        description="A person, small.",
        target=Avatar,
        items=[
            Story(title="Picture", props={"name": "Captain Ida Storm", "picture": PORTRAIT}),
            Story(title="Initials", props={"name": "Ida Storm"}),
            Story(
                title="Large",
                props={"name": "Captain Ida Storm", "picture": PORTRAIT, "size": "large"},
            ),
            Story(title="A crew", target=Crew),
        ],
    )
