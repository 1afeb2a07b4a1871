"""A section within a section.

Its folder has no `__init__.py`: Python calls that a namespace package, and Storytime doesn't mind.
"""

from storytime import Section


def choices() -> Section:
    return Section(
        title="Choices",
        description="Yes or no, one of a few, some of a few.",
    )
