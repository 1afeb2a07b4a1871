"""What the pages of a served catalog ask for besides files: stories in other states."""

import asyncio
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ..build import job_names
from ..build.manifest import digest_of
from ..errors import BuildFailure, BuildStopped, RaisedInInterpreter, StorytimeError
from ..live.story_jobs import TooManyJobs
from ..project.failures import shown_failure
from ..ring.wire import Function
from ..views.assets import live_assets
from .door import Refused, admitted
from .headers import general_headers, policy_headers
from .live_catalog import LiveCatalog

NOTHING: Mapping[str, Any] = {
    "document": None,
    "overlay": None,
    "panels": None,
    **dict.fromkeys(("state", "controls", "errors", "events", "responses"), ()),
}
"""What the answer to `/ws/props` has where the job returns nothing else."""


def routes_of_stories(catalog: LiveCatalog) -> list[BaseRoute]:
    """Return the routes below `/ws/` that only a catalog built by a ring has."""
    return [
        Route(
            "/ws/props",
            StoryEndpoint(catalog, job_names.RENDER_STATE, state_of, over_story, NOTHING),
        ),
        *(Route(f"/ws/{name}", partial(_script, catalog, name)) for name in live_assets()),
    ]


class StoryEndpoint:
    """An ASGI app that answers POSTs with what a job returns for one story.

    `arguments` makes the job's arguments of the request's data, besides the package, the output
    folder and the story's path; `field` and `pairs` help. The job returns a dict, or None if there
    is no such story. `failed` makes that dict, if the job fails, of the failure's HTML. `defaults`
    is what the answer has besides.
    """

    def __init__(
        self,
        catalog: LiveCatalog,
        job: Function,
        arguments: Callable[[Mapping[str, Any]], Sequence[Any]],
        failed: Callable[[str], Mapping[str, Any]],
        defaults: Mapping[str, Any],
    ) -> None:
        self._catalog, self._job = catalog, job
        self._arguments, self._failed, self._defaults = arguments, failed, defaults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            data = await admitted(request, self._catalog.reloader)
            answer = await self._unless_left(request, self._answer(data))
            response = JSONResponse(answer)
        except Refused as error:
            response = JSONResponse({"message": error.message}, error.status)
        response.headers.update(general_headers(response))
        await response(scope, receive, send)

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
        return {"build": build, **self._defaults, **answer}

    def _overlay(self, story: str, error: StorytimeError) -> str:
        """Return the HTML of what ended the job."""
        from ..views import failure_over_story

        failure = BuildFailure(story, error.message)
        if isinstance(error, BuildStopped):
            failure = error.failure
        elif isinstance(error, RaisedInInterpreter):
            failure = BuildFailure(story, error.message, error.traceback)
        return failure_over_story(shown_failure(failure, self._catalog.reloader.base))


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
