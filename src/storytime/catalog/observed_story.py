"""Stories as they are handed to their authors' templates: they tell when one looks around.

A template that is given its story may go from there to its subject, and on to the whole catalog;
then its page may change with any other part, and a partial build can't know.
"""

from typing import Any

from ..project.usage import looks_around
from .model import Story, Subject


class _Subject(Subject):
    @property
    def parent(self) -> Any:
        looks_around()
        return self.__dict__["parent"]

    @parent.setter
    def parent(self, parent: Any) -> None:
        self.__dict__["parent"] = parent


class _Story(Story):
    @property
    def parent(self) -> Any:
        return self.__dict__["parent"] and _as(_Subject, self.__dict__["parent"])

    @parent.setter
    def parent(self, parent: Any) -> None:
        self.__dict__["parent"] = parent


for _kind in (_Subject, _Story):
    _kind.__name__ = _kind.__qualname__ = _kind.__name__[1:]


def watched(story: Story) -> Story:
    """The story, but that it is noticed when someone asks for what is around its subject."""
    return _as(_Story, story)


def _as[Node](kind: type[Node], node: object) -> Node:
    made = object.__new__(kind)
    made.__dict__.update(vars(node))
    return made
