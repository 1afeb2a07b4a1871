"""What a story's `responses` are made of: requests that its document makes, and their answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import StorytimeError

REQUEST = re.compile(r"[A-Z]+(?: [^\s?#]+)?")
"""A key of `Story.responses`: a method and a path without a query."""

NAME = re.compile(r"\S+")
"""The name of a DOM event: it is also one of several names in an attribute."""

HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+: [\t -~\x80-\xff]*", re.ASCII)
"""A header that browsers take."""


@dataclass(frozen=True)
class Request:
    """A request that a story's document makes, for a callable in `Story.responses`.

    `url` is the path and the query as they were asked for. `pairs` has what was sent, in order: the
    form's fields, or the query if that isn't a form; of a file only its name is sent. `data` has
    the last value of each name. `body` is a body that is no form's, such as JSON. The names in
    `headers` are in lower case. `props` are those of the story as it is shown.
    """

    method: str
    url: str
    pairs: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    props: Mapping[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> dict[str, str]:
        return dict(self.pairs)

    def values(self, name: str) -> list[str]:
        """Return all values of a name, such as those of checkboxes."""
        return [value for each, value in self.pairs if each == name]


@dataclass(frozen=True)
class Response:
    """An answer in `Story.responses` that needs a status or headers of its own.

    `content` is what a component may return. Raises StorytimeError for a status that is not from
    200 to 599, and for headers that aren't texts of one line in Latin-1.
    """

    content: Any = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status not in range(200, 600):
            raise StorytimeError(
                f"the status of a Response is a number from 200 to 599, got {self.status!r}"
            )
        for name, value in self.headers.items():
            if not HEADER.fullmatch(f"{name}: {value}") or not isinstance(value, str):
                expected = "the headers of a Response are texts of one line in Latin-1"
                raise StorytimeError(f"{expected}, got {value!r} as {name!r}")


def check_events(events: object) -> str:
    """Return what is wrong with the `events` of a story; "" if nothing is."""
    if not isinstance(events, list | tuple):
        return f"the events of a Story are a list of names, got {type(events).__name__}"
    for name in events:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            return f'the events of a Story are names such as "click", got {name!r}'
    return ""


def check_responses(responses: object) -> str:
    """Return what is wrong with the `responses` of a story; "" if nothing is."""
    if not isinstance(responses, Mapping):
        expected = 'a dict from requests such as "POST /book" to answers'
        return f"the responses of a Story are {expected}, got {type(responses).__name__}"
    for key in responses:
        if not isinstance(key, str) or not REQUEST.fullmatch(key):
            expected = 'a method and a path without a query, such as "POST /book"'
            return f"a key in the responses of a Story is {expected}, got {key!r}"
    return ""
