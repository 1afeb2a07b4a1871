"""The section of the workshop's own catalog with the parts of its pages."""

from ..catalog.model import Section
from . import showcase


def views() -> Section:
    return Section(
        title="Pages",
        description="What the workshop's pages are made of.",
        items={
            "bar": showcase.bars(),
            "tree": showcase.trees(),
            "ways": showcase.ways(),
            "lists": showcase.lists(),
            "tools": showcase.tools(),
            "panels": showcase.panels(),
            "failures": showcase.failures(),
            "dialogs": showcase.dialogs(),
        },
    )
