"""A subject needs no section: this one is directly below the site."""

from string.templatelib import Template

from storytime import Story, Subject

from . import SHAPES, Icon


def IconSet() -> Template:
    """Made for the catalog alone, so it lives here and not with the components."""
    signs = [t"<li>{Icon(name, size=28)}{name}</li>" for name in SHAPES]
    return t'<ul class="hb-icon-set">{signs}</ul>'


def icons() -> Subject:
    return Subject(
        title="Icon",
        description="Twenty signs, drawn with a line, in the colour of the text around them.",
        target=Icon,
        items=[
            Story(title="The whole set", target=IconSet),
            Story(title="With a meaning", props={"name": "bell", "label": "Reminder set"}),
            Story(title="Large", props={"name": "ferry", "size": 96}),
        ],
    )
