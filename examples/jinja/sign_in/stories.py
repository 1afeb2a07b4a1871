"""Stories of a page with a form."""

from storytime import Story, Subject

from ..rendering import template


def sign_in() -> Subject:
    """Return the subject; its stories share the props `path` and `values`."""
    target = template("sign_in.html")
    return Subject(
        description="Customers sign in with a link that is sent to them.",
        target=target,
        items=[
            Story(title="Blank", props={"path": "/sign_in", "values": {}, "errors": {}}),
            Story(
                title="Refused",
                props={
                    "path": "/sign_in",
                    "values": {"email": "ada at home"},
                    "errors": {"email": "Is there an @ missing?"},
                },
            ),
        ],
    )
