"""Writes a story in another state as Python, as a job: plain data in and out. It writes no file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..catalog.model import Story
from ..errors import StorytimeError
from ..project.failures import failure_from
from ..ring.text import printable
from .story_state import open_story


def story_code(
    package_location: str,
    output_dir: Path,
    path: str,
    state: Sequence[Sequence[str]],
    title: str = "",
    save: bool = False,
) -> dict[str, Any] | None:
    """Return the call that makes a story of a state, and the imports that its module lacks.

    The `code` ends in a comma, as an item of a list. To `save` it, the answer has the `file` in
    which it belongs (absolute), the file's `digest` (SHA-256) as it was read, its new `content`
    (bytes, each as a character), and the `line` at which the story begins there. A `message`
    alone says in one line why there is no such code. None if there is no such story.
    """
    with open_story(package_location, output_dir, path) as opened:
        if opened is None:
            return None
        if opened.story is None:
            return {"message": opened.failure.message if opened.failure else "the story failed"}
        try:
            return _code(opened.story, state, title, save=save)
        except StorytimeError as error:
            return {"message": error.message}
        except BaseException as error:
            return {"message": failure_from(path, error).message}


def _code(
    story: Story, state: Sequence[Sequence[str]], title: str, *, save: bool
) -> dict[str, Any]:
    # No build needs these.
    from ..controls import apply_state
    from ..controls.copying import copy_story
    from ..controls.insertion import insert_story
    from ..controls.layout import Layout
    from ..controls.story_file import StoryFile

    applied = apply_state(story, state)
    for error in applied.errors:
        raise StorytimeError(f"{error.name}: {error.message}")
    file = StoryFile(story)
    title = title.strip() or f"{story.title}, changed"
    if printable(title) != title:
        raise StorytimeError("the title is no valid Unicode")
    code = copy_story(story, applied.props, title, file)
    answer: dict[str, Any] = {"code": code.text(Layout(width=file.width)), "imports": code.imports}
    if save:
        insertion = insert_story(file.source, file.calls, code.text, code.imports, file.width)
        answer |= {
            "file": str(file.path),
            "line": insertion.line,
            "digest": hashlib.sha256(file.source.data).hexdigest(),
            "content": insertion.data.decode("latin-1"),
        }
    return answer
