"""CatalogFiles: the built catalog as HTTP answers."""

import asyncio
import mimetypes
import os
from pathlib import Path
from typing import override
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from ..build.manifest import OWN_FOLDER
from ..views import FRAME, PAGE
from ..views.assets import assets
from .headers import general_headers, is_page, is_sent_by_page, policy_headers
from .live_catalog import LiveCatalog
from .schemes import asked_scheme, in_scheme
from .story_documents import asked_state, with_events

FAILURES = "failures.html"
"""Not a file: a story's page requests it from its own folder, to show the failures of the last
build over the story."""


class CatalogFiles(StaticFiles):
    """Serves the output folder's files; for a missing one, a page that says why it may be missing.

    Whatever can't be read counts as missing: what is outside the folder (links that lead there
    too), what is no file, and names that no file can have. So does Storytime's own folder, which
    holds half-written pages and is for programs on this computer.
    """

    def __init__(self, catalog: LiveCatalog) -> None:
        super().__init__(directory=catalog.output_dir, html=True, check_dir=False)
        self.config_checked = True  # the first build makes the folder
        self.catalog = catalog

    @override
    async def get_response(self, path: str, scope: Scope) -> Response:
        self.catalog.check_started()
        if scope["query_string"] and is_sent_by_page(Headers(scope=scope)):
            # A query may be a state, which a story is to be rendered in for people only.
            return RedirectResponse(f"./{_asked(scope).rpartition('/')[2]}", 303)
        build, response = "", await self._early(path, scope)
        if response is None:
            await self.catalog.first_build_ended.wait()
            # Before the file is opened, so that the build is never newer than the file.
            build = self.catalog.reloader.result.build
            response = self._remembered(path, scope) or await self._built(path, scope)
        response.headers.update(general_headers(response))
        request, allowed = Headers(scope=scope), self.catalog.reloader.allowed
        response.headers.update(policy_headers(path, request, response.media_type, allowed))
        if build:
            # A page's script learns from this header alone which build the page is from.
            response.headers["Server-Timing"] = f'build;desc="{build}"'
        return response

    async def _early(self, path: str, scope: Scope) -> Response | None:
        """Return a file that the first build has rendered, but not yet written."""
        early = self.catalog.early
        if early is None or self.catalog.first_build_ended.is_set() or not _is_plain(scope):
            return None
        file = os.path.normpath(f"{path}/{PAGE}") if scope["path"].endswith("/") else path
        data = await early.get(file)
        if data is None:
            return None
        kind = mimetypes.guess_type(file)[0] or "application/octet-stream"
        if is_page(file, kind):  # by the mark its script learns whether it is still up to date
            self.catalog.reloader.early = early.mark
            data = data.replace(b"<html ", b'<html data-early="%b" ' % early.mark.encode(), 1)
        return _response(data, kind, scope)

    def _remembered(self, path: str, scope: Scope) -> Response | None:
        """Return a story's document in the state that the query names, if there is one."""
        state = asked_state(scope["query_string"])
        document = self.catalog.documents.get(path, state) if state else None
        return _response(with_events(document), "text/html", scope) if document else None

    async def _built(self, path: str, scope: Scope) -> Response:
        """Return a file of the output folder, or what stands for one that is missing."""
        try:
            self._check_public(path)
            response = await super().get_response(path, scope)
            if isinstance(response, FileResponse):
                folder = os.path.realpath(self.catalog.output_dir)
                self._check_public(os.path.relpath(os.path.realpath(response.path), folder))
                if response.media_type == "text/css" and asked_scheme(scope["query_string"]):
                    sheet = await asyncio.to_thread(Path(response.path).read_bytes)
                    response = _response(sheet, "text/css", scope)
                elif self._wants_events(path, scope):
                    document = await asyncio.to_thread(Path(response.path).read_bytes)
                    response = _response(with_events(document), "text/html", scope)
                else:
                    response = await asyncio.to_thread(OpenFileResponse, response)
            elif isinstance(response, RedirectResponse):
                response.headers["Location"] = _with_slash(scope)
        except (HTTPException, OSError):
            # In a thread, since the first one imports what renders pages.
            response = await asyncio.to_thread(self._fallback, path, _root_from(scope))
        return response

    def _wants_events(self, path: str, scope: Scope) -> bool:
        """Return True for a story's document that is asked for with a state."""
        is_asked = path.endswith(FRAME) and asked_state(scope["query_string"]) is not None
        return is_asked and self.catalog.story_jobs is not None

    def _check_public(self, path: str) -> None:
        """Raise a 404 for what is in Storytime's own folder, whatever leads there."""
        if OWN_FOLDER in path.lower().split(os.sep):
            raise HTTPException(404)

    def _fallback(self, path: str, root: str) -> Response:
        """Return the error page, or an asset that it needs before any build has succeeded.

        `root` is the prefix that leads from the address to the output's root.
        """
        asset = assets().get(path)
        if asset is not None:
            return Response(asset, media_type=mimetypes.guess_type(path)[0])
        from ..views import error_page, not_running_page

        if self.catalog.unstarted is not None:
            return HTMLResponse(not_running_page(root), 503)
        last = self.catalog.reloader.result
        title = "Not in the catalog" if last.build else "Nothing is built yet"
        folder, name = os.path.split(path)
        is_asked = name == FAILURES
        page = error_page(last.failures, title=title, base=root, node=folder if is_asked else "")
        return HTMLResponse(page, 200 if is_asked else 404)


def _response(data: bytes, kind: str, scope: Scope) -> Response:
    """Return a response with the data; a stylesheet in the color scheme that the address names."""
    scheme = asked_scheme(scope["query_string"])
    if scheme and kind == "text/css":
        data = in_scheme(data, scheme)
    return Response(data, media_type=kind)


def _is_plain(scope: Scope) -> bool:
    """Return True for a request for a whole file."""
    return scope["method"] == "GET" and "range" not in Headers(scope=scope)


def _asked(scope: Scope) -> str:
    """Return the path below the app, as the client wrote it: "/f%20g/one"."""
    path = scope.get("raw_path", b"").decode("latin-1") or quote(scope["path"])
    return path.removeprefix(quote(scope.get("root_path", "")))


def _root_from(scope: Scope) -> str:
    """Return the prefix that leads to the app's root, whatever a proxy has put before the path."""
    return "../" * (_asked(scope).count("/") - 1) or "./"


def _with_slash(scope: Scope) -> str:
    """Return the address with a slash after it, relative to the one without."""
    query = scope["query_string"].decode("latin-1")
    return f"./{_asked(scope).rpartition('/')[2]}/" + (f"?{query}" if query else "")


class OpenFileResponse(FileResponse):
    """Streams a file as it was when it was opened, whether or not a build replaces it meanwhile.

    A FileResponse promises the length that it was given and opens the path only then. It also takes
    four more trips to a thread, which cost more than all else if the file is small.
    """

    def __init__(self, response: FileResponse) -> None:
        self._file = open(response.path, "rb")  # noqa: SIM115  # __call__ closes it
        number = self._file.fileno()
        found = os.fstat(number)
        super().__init__(
            f"/dev/fd/{number}",
            response.status_code,
            media_type=response.media_type,
            stat_result=found,
        )
        self._small = self._file.read() if found.st_size <= self.chunk_size else None

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A file may change twice within the second that Last-Modified names, so it isn't sent.
        # It stays in `headers`, where FileResponse looks when a request has If-Range.
        self.raw_headers = [each for each in self.raw_headers if each[0] != b"last-modified"]
        if _is_plain(scope) and self._small is not None:
            self._file.close()
            response = Response(self._small, self.status_code)
            response.raw_headers = self.raw_headers
            await response(scope, receive, send)
            return
        # A server that sends files itself (granian) would open this one after it is closed here.
        extensions = dict(scope.get("extensions") or {})
        extensions.pop("http.response.pathsend", None)
        with self._file:
            await super().__call__({**scope, "extensions": extensions}, receive, send)
