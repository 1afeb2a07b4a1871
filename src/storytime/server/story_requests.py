"""What the pages of a served catalog ask for besides files: stories in other states."""

import asyncio
import json
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ..build import job_names
from ..build.manifest import digest_of
from ..errors import BuildFailure, BuildStopped, RaisedInInterpreter, StorytimeError
from ..live.story_jobs import TooManyJobs
from ..project.failures import shown_failure
from ..ring.wire import Function
from ..views import frame_file
from ..views.assets import live_assets
from .door import Refused, admitted
from .headers import general_headers, policy_headers
from .live_catalog import LiveCatalog
from .story_saving import save_story

NOTHING: Mapping[str, Any] = {
    "document": None,
    "overlay": None,
    "panels": None,
    **dict.fromkeys(("state", "controls", "errors", "events", "responses"), ()),
}
"""What the answer to `/ws/props` has where the job returns nothing else."""
UNANSWERED: Mapping[str, Any] = {
    "headers": {},
    **dict.fromkeys(("html", "document", "message", "failure")),
}
"""What the answer to `/ws/response` has where the job returns nothing else."""


def routes_of_stories(catalog: LiveCatalog) -> list[BaseRoute]:
    """Return the routes below `/ws/` that only a catalog built by a ring has."""
    assert catalog.package is not None
    save, may_save = partial(save_story, catalog.package), "save" in catalog.reloader.greeting
    code = partial(code_of, may_save=may_save)
    return [
        Route(
            "/ws/props",
            StoryEndpoint(catalog, job_names.RENDER_STATE, state_of, over_story, NOTHING),
        ),
        Route(
            "/ws/story",
            StoryEndpoint(catalog, job_names.STORY_CODE, code, without_code, {}, finish=save),
        ),
        Route(
            "/ws/response",
            StoryEndpoint(catalog, job_names.ANSWER_REQUEST, asked_of, unanswered, UNANSWERED),
        ),
        *(Route(f"/ws/{name}", partial(_script, catalog, name)) for name in live_assets()),
    ]


class StoryEndpoint:
    """An ASGI app that answers POSTs with what a job returns for one story.

    `arguments` makes the job's arguments of the request's data, besides the package, the output
    folder and the story's path; `field` and `pairs` help. The job returns a dict, or None if there
    is no such story; one with nothing but a `message` refuses the request. `failed` makes that
    dict, if the job fails, of the failure's HTML. `finish` makes another of it, in a thread.
    `defaults` is what the answer has besides.
    """

    def __init__(
        self,
        catalog: LiveCatalog,
        job: Function,
        arguments: Callable[[Mapping[str, Any]], Sequence[Any]],
        failed: Callable[[str], Mapping[str, Any]],
        defaults: Mapping[str, Any],
        finish: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    ) -> None:
        self._catalog, self._job = catalog, job
        self._arguments, self._failed, self._defaults = arguments, failed, defaults
        self._finish = finish

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            data = await admitted(request, self._catalog.reloader)
            answer = await self._unless_left(request, self._answer(data))
            status = 200
        except Refused as error:
            answer, status = {"message": error.message}, error.status
        except asyncio.CancelledError:
            await _respond({"message": "the server is ending"}, 503, request, send)
            raise
        await _respond(answer, status, request, send)

    async def _unless_left(self, request: Request, answering: Any) -> Any:
        """Await the answer; cancel it if the client leaves."""
        answer = asyncio.ensure_future(answering)
        leaving = asyncio.ensure_future(_left(request))
        try:
            await asyncio.wait([answer, leaving], return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise Refused(400, "the client left")
            return answer.result()
        finally:
            answer.cancel()
            leaving.cancel()

    async def _answer(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        story = field(data, "story", str)
        arguments = self._arguments(data)
        await self._catalog.first_build_ended.wait()
        build = self._catalog.reloader.result.build
        jobs = self._catalog.story_jobs
        if jobs is None:
            raise Refused(503, "the workshop is not running")
        try:
            answer = await jobs.run(self._job, story, *arguments)
        except TooManyJobs as error:
            raise Refused(503, error.message) from None
        except StorytimeError as error:
            answer = self._failed(await asyncio.to_thread(self._overlay, story, error))
        if answer is None:
            raise Refused(404, "there is no such story")
        if self._finish is not None:
            answer = await self._finished(self._finish, answer)
        if answer.keys() == {"message"}:
            raise Refused(409, answer["message"])
        if document := answer.get("document"):
            source = self._catalog.documents.remember(frame_file(story), document)
            answer = {**answer, "source": source}
        return {"build": build, **self._defaults, **answer}

    async def _finished(
        self, finish: Callable[[Mapping[str, Any]], Mapping[str, Any]], answer: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        try:
            return await asyncio.to_thread(finish, answer)
        except StorytimeError as error:
            return {"message": error.message}

    def _overlay(self, story: str, error: StorytimeError) -> str:
        """Return the HTML of what ended the job."""
        from ..views import failure_over_story

        failure = BuildFailure(story, error.message)
        if isinstance(error, BuildStopped):
            failure = error.failure
        elif isinstance(error, RaisedInInterpreter):
            failure = BuildFailure(story, error.message, error.traceback)
        return failure_over_story(shown_failure(failure, self._catalog.reloader.base))


async def _respond(answer: Mapping[str, Any], status: int, request: Request, send: Send) -> None:
    # Not a JSONResponse, which can't write an author's lone surrogates.
    response = Response(json.dumps(answer), status, media_type="application/json")
    response.headers.update(general_headers(response))
    await response(request.scope, request.receive, send)


async def _left(request: Request) -> None:
    """Return when the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def field(data: Mapping[str, Any], name: str, *kinds: type) -> Any:
    """Return a field of a request's data. Raises Refused if it has another type."""
    value = data.get(name)
    if not isinstance(value, kinds):
        expected = " or ".join(kind.__name__ for kind in kinds)
        raise Refused(400, f"{name}: expected {expected}, got {type(value).__name__}")
    return value


def pairs(data: Mapping[str, Any], name: str) -> list[Any]:
    """Return a field that is a list of pairs of texts. Raises Refused if it isn't."""
    value = field(data, name, list)
    for each in value:
        if not isinstance(each, list) or list(map(type, each)) != [str, str]:
            raise Refused(400, f"{name}: expected a list of pairs of texts")
    return list(value)


def state_of(data: Mapping[str, Any]) -> Sequence[Any]:
    return [pairs(data, "state")]


def code_of(data: Mapping[str, Any], *, may_save: bool) -> Sequence[Any]:
    """Return the arguments of the job that writes a state as Python."""
    title = field({"title": "", **data}, "title", str)
    save = field({"save": False, **data}, "save", bool)
    if save and not may_save:
        raise Refused(403, "stories are saved only where the server has an editor (--editor)")
    return [pairs(data, "state"), title, save]


def without_code(overlay: str) -> Mapping[str, Any]:
    return {"message": "the story's module could not be run; its page says why"}


def asked_of(data: Mapping[str, Any]) -> Sequence[Any]:
    """Return the arguments of the job that answers a request of a story's document."""
    request = {name: field(data, name, str) for name in ("response", "method", "url", "body")}
    headers = field(data, "headers", dict)
    if not all(isinstance(value, str) for value in headers.values()):
        raise Refused(400, "headers: expected texts")
    document = field(data, "document", bool)
    request |= {"data": pairs(data, "data"), "headers": headers, "document": document}
    return [pairs(data, "state"), request]


def unanswered(failure: str) -> Mapping[str, Any]:
    message = "the response could not be rendered"
    return {"status": 500, "message": message, "failure": failure}


def over_story(overlay: str) -> Mapping[str, Any]:
    return {"overlay": overlay}


async def _script(catalog: LiveCatalog, name: str, request: Request) -> Response:
    """Answer with a file of `views/live`; it is read anew, so that a developer sees changes."""
    data = (await asyncio.to_thread(live_assets))[name]
    kind = mimetypes.guess_type(name)[0]
    tag = f'"{digest_of(data)}"'
    response = Response(data, media_type=kind, headers={"ETag": tag})
    if request.headers.get("if-none-match") == tag:
        response = Response(status_code=304, headers={"ETag": tag})
    response.headers.update(general_headers(response))
    allowed = catalog.reloader.allowed
    response.headers.update(policy_headers(name, request.headers, kind, allowed))
    return response
