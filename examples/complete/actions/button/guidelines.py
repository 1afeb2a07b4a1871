"""A page to read instead of a component to look at: what the "Guidelines" story shows."""

from string.templatelib import Template

from storytime import Story

RULES = {
    "Primary": "the one thing most people came for. At most one on a page.",
    "Secondary": "everything else.",
    "Quiet": "what is rarely wanted, and what closes or cancels.",
    "Danger": "what can’t be undone. Ask first, in a dialog.",
}


def guidelines(story: Story) -> Template:
    """A story's `template`: it is given the story, and fills the story's page in the workshop.

    That page is the workshop's and not in Harbour's layout, so this is plain HTML without classes.
    """
    rules = [t"<li><strong>{variant}</strong>: {rule}</li>" for variant, rule in RULES.items()]
    return t"""
        <h1>{story.title}</h1>
        <p>{story.description}</p>
        <ul>{rules}</ul>
        <p>A label starts with a verb and says what will happen: “Book crossing”, not “OK”.</p>
    """
