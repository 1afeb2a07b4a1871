from storytime import Story, Subject

from ..rendering import sign_up, sign_up_page


def forms() -> Subject:
    return Subject(
        target=sign_up,
        items=[
            Story(title="Empty"),
            Story(title="Wrong", props={"name": "<Ada>", "email": "ada", "kind": "c"}),
            Story(title="Page", target=sign_up_page, props={"name": "Ada", "kind": "a"}),
        ],
    )
