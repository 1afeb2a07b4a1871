from storytime import Story, Subject

from ..rendering import menu


def menus() -> Subject:
    entries = {"Home": "/", "Tea & cake": "/?a=1&b=2"}
    return Subject(target=menu, items=[Story(title="Main", props={"entries": entries})])
