"""Answers a request of a story's document with the story's responses, as a job."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ..catalog.model import Site, Story
from ..catalog.responses import Request, Response
from ..errors import BuildFailure
from ..project.failures import failure_from, shown_failure
from ..project.usage import REST, at
from ..render.references import STATIC
from ..render.responses import render_response
from ..views import frame_file, plain_document, story_document
from .story_renderer import StoryRenderer
from .story_state import OpenedStory, open_story

WHOLE = re.compile(r"\s*<(?:!doctype|html)\b", re.IGNORECASE)
"""The beginning of an answer that needs no layout."""


def answer_request(
    package_location: str,
    output_dir: Path,
    path: str,
    state: Sequence[Sequence[str]],
    request: Mapping[str, Any],
) -> dict[str, Any] | None:
    """Return what `/ws/response` answers (docs/reload-protocol.md) without what the server adds.

    None if there is no such story. If the response's code raises, the answer's status is 500, and
    its `message` and `failure` tell why. Raises what a build raises where nothing can be built.
    """
    from ..controls import apply_state  # which no build needs

    with open_story(package_location, output_dir, path) as opened:
        if opened is None:
            return None
        story, key = opened.story, request["response"]
        if story is None:
            assert opened.failure is not None
            return _failed(opened, path, opened.failure, request)
        if key not in story.responses:
            return {"status": 404, "message": f"the story has no response for {key!r}"}
        renderer = StoryRenderer(opened.package, output_dir.absolute())
        at(path)
        try:
            props = apply_state(story, state).props
            response = render_response(key, story.responses[key], _request(request, props))
            content = _content(renderer, opened.site, story, response, request)
        except BaseException as error:
            failure = failure_from(path, error, *renderer.place(story))
            return _failed(opened, path, failure, request)
        finally:
            at(REST)
        return {"status": response.status, "headers": {**response.headers}, **content}


def _request(data: Mapping[str, Any], props: Mapping[str, Any]) -> Request:
    pairs = [(name, value) for name, value in data["data"]]
    return Request(data["method"], data["url"], pairs, data["headers"], data["body"], props)


def _content(
    renderer: StoryRenderer,
    site: Site,
    story: Story,
    response: Response,
    request: Mapping[str, Any],
) -> dict[str, str]:
    """Return the `html` of a response as it stands, or the `document` that was asked for."""
    content = str(response.content)
    if request["document"]:
        shown = copy.copy(story)
        shown.props, shown.target, shown.template = {}, lambda: response.content, None
        layout = _as_it_is if WHOLE.match(content) else site.themed_layout
        return {"document": renderer.render(Site(themed_layout=layout), shown).document}
    if STATIC in content:
        assert story.parent is not None
        file = frame_file(story.path)
        content = renderer.static.resolve(content, story.parent.path, file).markup
    return {"html": content}


def _as_it_is(*, story_title: Any, children: Any) -> Any:
    return children


def _failed(
    opened: OpenedStory, path: str, failure: BuildFailure, request: Mapping[str, Any]
) -> dict[str, Any]:
    shown = shown_failure(failure, str(opened.package.base))
    html = Markup("<h1>{}</h1>\n<pre>{}</pre>").format(shown.message, shown.traceback)
    answer = {"status": 500, "message": shown.message, "failure": opened.overlay(failure)}
    if request["document"]:
        return {**answer, "document": story_document(path, plain_document(shown.message, html))}
    return {**answer, "html": html}
