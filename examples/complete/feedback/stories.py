"""The last of the sections with folders; `foundations` shows how to do without them."""

from storytime import Section


def feedback() -> Section:
    return Section(
        title="Feedback",
        description="What the application says to people, from a hint to a question that has to be"
        " answered.",
    )
