"""CatalogFiles: the built catalog as HTTP answers."""

import asyncio
import os
from pathlib import Path
from typing import override

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ..build.manifest import OWN_FOLDER
from ..views import assets, error_page
from .headers import _headers, policy_headers
from .live_catalog import LiveCatalog

FAILURES = "failures.html"
"""No file, but what pages ask for the failures of the last build, to show them over a story."""


class CatalogFiles(StaticFiles):
    """The output folder's files; in place of what is missing, a page that says why it may be.

    Whatever can't be read is missing: what lies outside the folder (links that lead there too),
    what is no file, has an impossible name, or may not be read. So is Storytime's own folder, which
    holds half-written pages and is for programs on this computer.
    """

    def __init__(self, catalog: LiveCatalog) -> None:
        super().__init__(directory=catalog.output_dir, html=True, check_dir=False)
        self.catalog = catalog
        self.config_checked = True  # a folder that is missing is one that the first build makes

    async def get_response(self, path: str, scope: Scope) -> Response:
        await self.catalog.first_build_ended.wait()
        build = (
            self.catalog.reloader.result.build
        )  # before the file is read, so that it is never too new
        try:
            response = await super().get_response(path, scope)
            if isinstance(response, FileResponse):
                response = await asyncio.to_thread(_whole, response)
        except HTTPException as error:
            if error.status_code == 405:
                raise
            response = self._instead(path)
        except OSError:
            response = self._instead(path)
        response.headers.update(_headers(response))
        response.headers.update(policy_headers(path, Headers(scope=scope), response.media_type))
        if build:
            # By this one header a page's script learns of which build the page is.
            response.headers["Server-Timing"] = f'build;desc="{build}"'
        return response

    @override
    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        if OWN_FOLDER in path.lower().split(os.sep):
            return "", None
        return super().lookup_path(path)

    def _instead(self, path: str) -> Response:
        """The page's assets, which an error page needs before any build has succeeded, or it."""
        asset = assets().get(path)
        if asset is not None:
            media_type = "text/css" if path.endswith(".css") else "text/javascript"
            return Response(asset, media_type=media_type)
        last = self.catalog.reloader.result
        title = "Not in the catalog" if last.build else "Nothing is built yet"
        page = error_page(last.failures, title=title, base="/")
        return HTMLResponse(page, 200 if path == FAILURES else 404)


def _whole(response: FileResponse) -> Response:
    """The file as it is now, in one piece.

    A FileResponse opens it after it has promised its length, and the next build may replace the
    file between the two, or remove it.
    """
    content = Path(response.path).read_bytes()
    # Without the time of its last change, in seconds: two changes may fall in one.
    headers = {"etag": response.headers["etag"]}
    return Response(content, response.status_code, headers, response.media_type)
