"""A section without a title takes its folder's name: "Content"."""

from storytime import Section


def content() -> Section:
    return Section(description="What people look at: things, persons and numbers.")
