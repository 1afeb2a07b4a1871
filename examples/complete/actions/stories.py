"""A section: it groups the folders below it, and says what they have in common."""

from storytime import Section


def actions() -> Section:
    return Section(
        title="Actions",
        description="What people press: a button changes something, a link leads somewhere.",
    )
