from storytime import Story, Subject

from ..rendering import profile


def profiles() -> Subject:
    return Subject(target=profile, items=[Story(title="Ada", props={"name": "Ada <Lovelace>"})])
