"""A section whose subjects are computed: `items` by hand instead of a folder for each."""

from storytime import Section, Story, Subject

from ..theme.tokens import read_tokens
from .swatches import Colors, Spaces, TextSizes


def foundations() -> Section:
    """The tokens are read from the stylesheet, so a new one appears here automatically."""
    return Section(
        title="Foundations",
        description="The design tokens: all that components know about looks.",
        items={
            "colors": Subject(
                description="Twice each, for light and dark; the browser picks by the system.",
                target=Colors,
                items=[Story(title="Palette", props={"tokens": read_tokens("color")})],
            ),
            "spacing": Subject(
                description="The distances between things, and within them.",
                target=Spaces,
                items=[Story(title="Scale", props={"tokens": read_tokens("space")})],
            ),
            "type": Subject(
                description="Five sizes. What needs a sixth needs another look.",
                target=TextSizes,
                items=[Story(title="Sizes", props={"tokens": read_tokens("text")})],
            ),
        },
    )
