"""A section that holds subjects and, in `choices`, a further section."""

from storytime import Section


def forms() -> Section:
    return Section(
        title="Forms",
        description="What people fill in. Every control has a label that is always to be seen.",
    )
