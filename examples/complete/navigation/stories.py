"""A section like the others; its subjects share `NavLink`, which isn't a subject itself."""

from storytime import Section


def navigation() -> Section:
    return Section(
        title="Navigation",
        description="Where people are, and where they can go. Links all of it, so that each works"
        " without JavaScript, in a new tab, and with the keyboard.",
    )
