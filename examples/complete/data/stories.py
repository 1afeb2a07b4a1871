"""One function per `stories.py`. It is found by its return annotation, so its name is free."""

from storytime import Section


def data() -> Section:
    return Section(title="Data", description="Many things of a kind, or the many sides of one.")
