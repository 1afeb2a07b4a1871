"""StoryDocuments: what frames show instead of the documents that the last build wrote."""

import re

from ..build.manifest import digest_of

MOST = 20
"""Documents that are kept: a page asks for one again soon, if ever."""
_QUERY = re.compile(rb"(?:^|&)st-state=(\w*)(?:&|$)")
OWN_SCRIPT = re.compile(rb'<script src="((?:\.\./)*)frame\.js"></script>')


class StoryDocuments:
    """The documents of stories that the server has rendered for pages, by file and state."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], bytes] = {}

    def remember(self, file: str, document: str) -> str:
        """Keep a story's document; return the query with which its file's address leads to it."""
        data = document.encode()
        state = digest_of(data)
        self._documents.pop((file, state), None)
        self._documents[file, state] = data
        if len(self._documents) > MOST:
            del self._documents[next(iter(self._documents))]
        return f"?st-state={state}"

    def get(self, file: str, state: str) -> bytes | None:
        return self._documents.get((file, state))


def asked_state(query: bytes) -> str | None:
    """Return the state that a query names, "" for the story's own; None if it doesn't name any."""
    found = _QUERY.search(query)
    return found and found[1].decode()


def with_events(document: bytes) -> bytes:
    """Return a story's document with the script that hands its requests to the page.

    No script of the story comes before it, so it gets their first requests, too.
    """
    return OWN_SCRIPT.sub(rb'\g<0><script src="\1ws/events.js"></script>', document, count=1)
