"""Links lead to "#…" here: a catalog has no other pages of the application."""

from string.templatelib import Template

from storytime import Story, Subject

from .link import Link


def InText() -> Template:
    """A component in its surroundings."""
    return t"""
        <p>
          On days with strong wind we sail an hour later.
          <{Link} href="#weather" label="See today’s weather" /> before you leave home.
        </p>
    """


def links() -> Subject:
    return Subject(
        title="Link",
        description="Leads somewhere. What only looks like a button is a link all the same.",
        target=Link,
        items=[
            Story(title="Plain", props={"href": "#timetable", "label": "Timetable"}),
            Story(
                title="In a new tab",
                props={"href": "#map", "label": "Map of the ports", "new_tab": True},
            ),
            Story(title="In a text", target=InText),
        ],
    )
