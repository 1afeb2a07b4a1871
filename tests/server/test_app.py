"""create_app: the catalog over HTTP, and its builds while the app runs."""

import asyncio
import os
import re
import resource
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from storytime import create_app, lifespan
from storytime.build.folder_lock import FolderLock
from storytime.build.manifest import Manifest
from storytime.build.whole import build_site
from storytime.errors import StorytimeError
from storytime.project.package import locate
from storytime.server.app import also_below

from ..serving_support import LONG, AsyncBrowser, alive, browser_at, replace, served, until, waiting
from ..support import SMALL, Catalog, gives, write

PAGE = "/forms/button/story-0/"
SUBJECT = "Subject(target=lambda: {!r}, items=[Story()])"
BUILDS_DIRECTLY = pytest.mark.parametrize("ring", [False, True], ids=["direct", "ring"])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@asynccontextmanager
async def client_of(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app whose lifespan has not started."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", timeout=LONG
    ) as client:
        yield client


@asynccontextmanager
async def living(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


async def text_at(client: httpx.AsyncClient, path: str) -> str:
    async with asyncio.timeout(LONG):
        return (await client.get(path)).text


async def until_served(client: httpx.AsyncClient, path: str, text: str) -> None:
    async with asyncio.timeout(LONG):
        while text not in (await client.get(path)).text:
            await asyncio.sleep(0.005)


def build_of(site: Path) -> str:
    manifest = Manifest.read(site)
    assert manifest is not None
    return manifest.build


# Files.


@pytest.fixture
def built(catalog: Catalog, site: Path) -> Path:
    catalog.write(SMALL)
    build_site("kit", site)
    return site


async def test_the_files_of_the_catalog_are_served(built: Path) -> None:
    async with living(create_app(built)) as client:
        for path, kind in {
            "/": "text/html; charset=utf-8",
            PAGE: "text/html; charset=utf-8",
            f"{PAGE}index.html": "text/html; charset=utf-8",
            "/storytime.css": "text/css; charset=utf-8",
            "/storytime.js": "text/javascript; charset=utf-8",
            "/stories.json": "application/json",
        }.items():
            response = await client.get(path)
            file = built / path.lstrip("/")
            assert response.status_code == 200, path
            assert response.headers["content-type"] == kind, path
            assert response.headers["cache-control"] == "no-cache", path
            assert response.headers["server-timing"] == f'build;desc="{build_of(built)}"', path
            assert response.content == (file / "index.html" if file.is_dir() else file).read_bytes()


async def test_only_stylesheets_are_given_in_a_scheme(built: Path) -> None:
    (built / "static").mkdir()
    sheet = b"@media (prefers-color-scheme: dark) {}"
    for name in ("a.css", "a.txt"):
        (built / "static" / name).write_bytes(sheet)
    async with living(create_app(built)) as client:
        given = await client.get("/static/a.css?v=1&st-scheme=light")
        assert given.content == b"@media (max-width: 0) {}"
        assert given.headers["content-type"] == "text/css; charset=utf-8"
        assert "sandbox" in given.headers["content-security-policy"]
        for path in ("/static/a.css", "/static/a.txt?st-scheme=light"):
            assert (await client.get(path)).content == sheet


async def test_a_folder_without_trailing_slash_redirects(built: Path) -> None:
    async with living(create_app(built)) as client:
        response = await client.get(PAGE.rstrip("/"))
        assert response.headers["location"] == "./story-0/"
        assert response.next_request is not None
        assert response.next_request.url == f"http://localhost{PAGE}"


async def test_a_page_is_sent_again_only_when_it_changed(built: Path) -> None:
    file = built / PAGE.strip("/") / "index.html"
    async with living(create_app(built)) as client:
        first = await client.get(PAGE)
        same = await client.get(PAGE, headers={"If-None-Match": first.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        assert "content-security-policy" not in same.headers  # it would replace that of the page
        assert same.headers["server-timing"] == first.headers["server-timing"]
        os.utime(
            file, (1_000_000_000, 1_000_000_000.5)
        )  # a change within the second, of the same size
        other = await client.get(PAGE, headers={"If-None-Match": first.headers["etag"]})
        assert other.status_code == 200
        assert "last-modified" not in other.headers


@pytest.mark.parametrize("path", ["/no/such", "/no.css", "/%00", "/" + "x" * 300])
async def test_a_missing_page_is_a_404_page(built: Path, path: str) -> None:
    async with living(create_app(built)) as client:
        response = await client.get(path)
        assert response.status_code == 404
        assert "Not in the catalog" in response.text
        assert response.headers["cache-control"] == "no-cache"


async def test_post_is_not_allowed(built: Path) -> None:
    async with living(create_app(built)) as client:
        assert (await client.post(PAGE)).status_code == 405


async def test_an_app_without_lifespan_serves_the_existing_catalog(built: Path) -> None:
    for app in (create_app(built), create_app(built, "kit")):
        async with client_of(app) as client:
            assert "OK" in await text_at(client, PAGE)


async def test_an_app_without_a_package_builds_nothing(catalog: Catalog, built: Path) -> None:
    async with living(create_app(built)) as client:
        catalog.write({"forms/button/stories.py": gives(SUBJECT.format("new"))})
        await asyncio.sleep(0.3)
        assert "OK" in await text_at(client, PAGE)


async def test_an_empty_output_folder_gives_a_page_with_its_assets(
    site: Path,
) -> None:
    async with living(create_app(site)) as client:
        response = await client.get("/")
        assert response.status_code == 404
        assert "Nothing is built yet" in response.text
        assert "server-timing" not in response.headers
        css, script = await client.get("/storytime.css"), await client.get("/storytime.js")
        assert css.headers["content-type"].startswith("text/css")
        assert script.headers["content-type"].startswith("text/javascript")
        assert css.status_code == script.status_code == 200


def followed(page: str, link: str) -> str:
    """Return where a relative link leads. Like browsers, unlike urljoin, this keeps `//`."""
    path: list[str] = page.split("/")[:-1]
    for part in link.split("/"):
        if part == "..":
            path = path[:-1] or [""]
        elif part != ".":
            path.append(part)
    return "/".join(path)


PREFIXED = [
    pytest.param(lambda app: Starlette(routes=[Mount("/ui", app)]), "", "/ui", id="mounted"),
    pytest.param(partial(also_below, "/ui"), "", "/ui", id="--root-path"),
    pytest.param(partial(also_below, "/ui"), "", "", id="--root-path, stripped by a proxy"),
    pytest.param(lambda app: app, "/ui", "/ui", id="root path in the path"),
    pytest.param(lambda app: app, "/ui", "", id="root path beside the path"),
    pytest.param(lambda app: app, "", "", id="stripped by a proxy"),
]


@pytest.mark.parametrize(("prefixed", "root_path", "sent"), PREFIXED)
async def test_under_a_prefix_error_pages_and_redirects_lead_to_it(
    built: Path, prefixed: Callable[[Starlette], Starlette], root_path: str, sent: str
) -> None:
    app = prefixed(create_app(built))
    transport = httpx.ASGITransport(app, root_path=root_path)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for path in ("/gone", "/gone/", "/a/b", "/forms//gone/", "/a%2Fb/c", "/a/failures.html"):
            page = (await client.get(sent + path)).text
            found = {
                followed(f"/ui{path}", link) for link in re.findall('(?:href|src)="(.*?)"', page)
            }
            assert {"/ui/storytime.css", "/ui/start.js", "/ui/index.html"} <= found
        for path in ("/forms", "/forms/button/story-0", "/forms//button", "/forms/a%20%C3%A4:b"):
            (built / unquote(path[1:])).mkdir(exist_ok=True)
            (built / unquote(path[1:]) / "index.html").touch()
            response = await client.get(f"{sent}{path}?a=%20b")
            assert response.status_code == 307
            target, _, query = response.headers["Location"].partition("?")
            assert (followed(f"/ui{path}", target), query) == (f"/ui{path}/", "a=%20b")


async def test_no_redirect_leads_to_another_host(built: Path) -> None:
    (built / "evil.example").mkdir()
    (built / "evil.example/index.html").touch()
    async with living(create_app(built)) as client:
        for path in ("//evil.example", "/.//evil.example", "/forms/..//evil.example"):
            response = await client.get(f"http://localhost{path}")
            assert response.headers["Location"] == "./evil.example/"


async def test_a_page_replaced_or_removed_while_it_is_served_comes_whole(
    built: Path,
) -> None:
    file = built / PAGE.strip("/") / "index.html"
    versions = ["short", "long " * 5000, "longest " * 20000]
    ending = threading.Event()

    def rewrite() -> None:
        while not ending.is_set():
            for version in versions:
                replace(file, version)
                time.sleep(0.0005)
            file.unlink()

    async with served(create_app(built)) as port, httpx.AsyncClient(timeout=LONG) as client:
        replace(file, versions[0])
        rewriting = threading.Thread(target=rewrite)
        rewriting.start()
        try:
            for _ in range(150):
                response = await client.get(f"http://127.0.0.1:{port}{PAGE}")
                assert response.status_code in (200, 404)
                assert response.status_code == 404 or response.text in versions
        finally:
            ending.set()
            rewriting.join()


async def test_a_range_of_a_file_is_sent(built: Path) -> None:
    (built / "film.webm").write_bytes(b"0123456789")
    files = len(os.listdir("/proc/self/fd"))
    async with living(create_app(built)) as client:
        whole = await client.get("/film.webm")
        assert whole.headers["accept-ranges"] == "bytes"
        for headers, status, content in [
            ({"Range": "bytes=2-4"}, 206, b"234"),
            ({"Range": "bytes=-3"}, 206, b"789"),
            ({"Range": "bytes=2-4", "If-Range": whole.headers["etag"]}, 206, b"234"),
            ({"Range": "bytes=2-4", "If-Range": '"another"'}, 200, b"0123456789"),
            ({"Range": "bytes=20-"}, 416, b""),
        ]:
            response = await client.get("/film.webm", headers=headers)
            assert (response.status_code, response.content) == (status, content), headers
            assert "last-modified" not in response.headers
        head = await client.head("/film.webm")
        assert (head.headers["content-length"], head.content) == ("10", b"")
    assert len(os.listdir("/proc/self/fd")) == files


async def test_a_server_that_could_send_files_itself_is_sent_their_content(built: Path) -> None:
    app = create_app(built)

    async def granian(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {"http.response.pathsend": {}}}, receive, send)

    async with living(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(granian)) as client:
            assert "OK" in (await client.get(f"http://localhost{PAGE}")).text


# Builds.


def test_an_unknown_package_is_an_error_at_once(site: Path) -> None:
    with pytest.raises(StorytimeError, match="no package 'no_such'") as raised:
        create_app(site, "no_such")
    assert raised.value.exit_code == 2


@BUILDS_DIRECTLY
async def test_the_catalog_is_built_at_the_start_and_at_every_change(
    catalog: Catalog, site: Path, ring: bool
) -> None:
    catalog.write(SMALL)
    async with living(create_app(site, "kit", use_subinterpreters=ring)) as client:
        assert "OK" in await text_at(client, PAGE)  # the first request waits for the first build
        catalog.write({"new/stories.py": gives(SUBJECT.format("new one"))})
        await until_served(client, "/new/story-0/", "new one")
        catalog.write({"new/stories.py": gives(SUBJECT.format("new two"))})
        if ring:
            await until_served(client, "/new/story-0/", "new two")


async def test_requests_wait_for_the_first_build_only(
    catalog: Catalog, site: Path, tmp_path: Path
) -> None:
    catalog.write({**SMALL, "stories.py": gives("Site()", waiting(tmp_path))})
    async with living(create_app(site, "kit", use_subinterpreters=True)) as client:
        first = asyncio.create_task(client.get(PAGE))
        await until((tmp_path / "begun").exists, "the build began")
        assert not first.done()
        (tmp_path / "go").touch()
        assert "OK" in (await first).text
        for name in ("begun", "go"):
            (tmp_path / name).unlink()
        (catalog.folder / "stories.py").touch()
        await until((tmp_path / "begun").exists, "the next build began")
        assert "OK" in await text_at(client, PAGE)
        (tmp_path / "go").touch()


async def test_waiting_requests_are_answered_when_the_app_ends(
    catalog: Catalog, site: Path, tmp_path: Path
) -> None:
    catalog.write({**SMALL, "stories.py": waiting(tmp_path)})
    app = create_app(site, "kit", use_subinterpreters=True)
    async with client_of(app) as client:
        async with app.router.lifespan_context(app):
            request = asyncio.create_task(client.get(PAGE))
            await until((tmp_path / "begun").exists, "the build began")
            assert not request.done()
        async with asyncio.timeout(LONG):
            assert (await request).status_code == 404
    (tmp_path / "go").touch()
    await until(lambda: not _worker_threads(), "the abandoned interpreter ended")


def _worker_threads() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name.startswith("storytime-")}


@BUILDS_DIRECTLY
async def test_a_failed_first_build_is_shown_and_can_be_fixed(
    catalog: Catalog, tmp_path: Path, ring: bool
) -> None:
    site = tmp_path / "not" / "made" / "yet"
    catalog.write({**SMALL, "stories.py": "1 / 0"})
    async with living(create_app(site, "kit", use_subinterpreters=ring)) as client:
        response = await client.get(PAGE)
        assert response.status_code == 404
        assert "Nothing is built yet" in response.text
        assert "ZeroDivisionError: division by zero" in response.text
        assert not site.exists()
        catalog.write({"stories.py": SMALL["stories.py"]})
        await until_served(client, PAGE, "OK")


@pytest.mark.parametrize("ring", [False, True], ids=["direct", "ring"])
async def test_only_direct_builds_import_the_package_in_the_main_interpreter(
    catalog: Catalog, site: Path, ring: bool
) -> None:
    catalog.write(SMALL)
    async with living(create_app(site, "kit", use_subinterpreters=ring)) as client:
        assert "OK" in await text_at(client, PAGE)
        catalog.write({"forms/button/stories.py": "raise type('Own', (Exception,), {})('told')"})
        await until_served(client, "/forms/button/", "Own: told" if ring else "Button")
    loaded = {name for name in sys.modules if name.partition(".")[0] == "kit"}
    assert ("kit.forms.button.stories" in loaded) is not ring
    assert bool(loaded) is not ring


async def test_an_ended_app_leaves_no_interpreter_and_no_thread(
    catalog: Catalog, site: Path
) -> None:
    before = _worker_threads(), alive()  # what earlier tests abandoned on purpose
    catalog.write(SMALL)
    app = create_app(site, "kit", use_subinterpreters=True)
    for _ in range(2):  # an app can be started again
        async with living(app) as client:
            assert "OK" in await text_at(client, PAGE)
            assert _worker_threads() - before[0]
        # On a busy machine the ring may stop waiting before an interpreter has closed.
        await until(lambda: _worker_threads() <= before[0], "all interpreters were closed")
        assert alive() <= before[1]


async def test_two_apps_in_one_process_tell_only_their_own_browsers(
    catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    write(tmp_path, {"other/stories.py": gives("Site(title='Other')")})
    kit = create_app(tmp_path / "kit-site", "kit", use_subinterpreters=True)
    other = create_app(tmp_path / "other-site", "other", use_subinterpreters=True)
    async with served(kit) as kit_port, served(other) as other_port, httpx.AsyncClient() as client:
        for port in (kit_port, other_port):  # this waits for the first build
            await text_at(client, f"http://127.0.0.1:{port}/stories.json")
        assert "OK" in await text_at(client, f"http://127.0.0.1:{kit_port}{PAGE}")
        assert "Other" in await text_at(client, f"http://127.0.0.1:{other_port}/")
        async with browser_at(kit_port) as of_kit, browser_at(other_port) as of_other:
            hellos = [await browser.message() for browser in (of_kit, of_other)]
            assert hellos[0]["build"] != hellos[1]["build"]
            write(tmp_path, {"other/new/stories.py": gives("Subject(title='New')")})
            assert "new/index.html" in (await of_other.message())["pages"]
            catalog.write({"more/stories.py": gives("Subject(title='More')")})
            assert "more/index.html" in (await of_kit.message())["pages"]
        assert (await client.get(f"http://127.0.0.1:{kit_port}/new/")).status_code == 404


# What browsers are told.


@asynccontextmanager
async def watched_by_a_browser(catalog: Catalog, site: Path) -> AsyncIterator[Any]:
    async with served(create_app(site, "kit", use_subinterpreters=True)) as port:
        async with httpx.AsyncClient(timeout=LONG) as client:
            # This waits for the first build.
            await client.get(f"http://127.0.0.1:{port}/stories.json")
        async with browser_at(port) as browser:
            yield browser


async def test_browsers_get_the_pages_that_changed(catalog: Catalog, site: Path) -> None:
    catalog.write({**SMALL, "icons/stories.py": gives(SUBJECT.format("icon"))})
    async with watched_by_a_browser(catalog, site) as browser:
        hello = await browser.message()
        assert hello == {"type": "hello", "build": build_of(site), "controls": True}
        replace(catalog.folder / "icons/stories.py", gives(SUBJECT.format("other")))
        told = await browser.message()
        assert told["pages"] == ["icons/story-0/frame.html", "icons/story-0/index.html"]
        assert told["build"] == build_of(site) != hello["build"]
        (catalog.folder / "icons/stories.py").unlink()
        told = await browser.message()
        assert {"icons/index.html", "icons/story-0/index.html", "index.html"} <= set(told["pages"])
        (catalog.folder / "stories.py").touch()
        assert await browser.message() == {**told, "pages": []}


async def test_a_failure_is_sent_after_the_pages_that_were_written(
    catalog: Catalog, site: Path
) -> None:
    catalog.write(SMALL)
    async with watched_by_a_browser(catalog, site) as browser:
        await browser.message()
        replace(catalog.folder / "forms/button/stories.py", "1 / 0")
        reload, failed = await browser.message(), await browser.message()
        assert reload["type"] == "reload"
        assert "forms/button/index.html" in reload["pages"]
        assert failed.keys() == {"type", "build", "failures"}
        assert failed["type"] == "failed"
        assert failed["build"] == reload["build"] == build_of(site)
        (failure,) = failed["failures"]
        assert failure["path"] == "forms/button"
        assert failure["message"] == "ZeroDivisionError: division by zero"
        replace(catalog.folder / "forms/button/stories.py", SMALL["forms/button/stories.py"])
        assert (await browser.message())["type"] == "reload"


async def test_a_failure_that_wrote_nothing_is_sent_alone(catalog: Catalog, site: Path) -> None:
    catalog.write(SMALL)
    async with watched_by_a_browser(catalog, site) as browser:
        hello = await browser.message()
        replace(catalog.folder / "stories.py", "1 / 0")
        failed = await browser.message()
        assert failed["type"] == "failed"
        assert failed["build"] == hello["build"] == build_of(site)
        replace(catalog.folder / "stories.py", SMALL["stories.py"])
        told = await browser.message()
        assert (told["type"], told["build"], told["pages"]) == ("reload", hello["build"], [])


async def test_a_page_gets_the_failures_that_concern_it_from_its_folder(
    catalog: Catalog, site: Path
) -> None:
    used = "from kit.theme import colour\ndef part(): return colour()"
    subject = gives("Subject(target=part, items=[Story(title='One')])", used)
    catalog.write({**SMALL, "a/stories.py": subject, "b/stories.py": subject})
    catalog.write({"theme.py": "def colour(): return x", "card/stories.py": "1 / 0"})
    async with living(create_app(site, "kit")) as client:
        for path, shown in {
            "/a/one/failures.html": ["2 parts could not be built"],
            "/card/one/failures.html": ["card"],
            "/forms/button/failures.html": [],
            "/failures.html": ["card", "2 parts could not be built"],
        }.items():
            response = await client.get(path)
            assert response.status_code == 200
            assert re.findall("<h2>(.*?)</h2>", response.text) == shown, path
        assert (await client.get("/a/two/")).status_code == 404


async def test_after_an_earlier_build_only_what_changed_since_is_sent(
    catalog: Catalog, built: Path, tmp_path: Path
) -> None:
    earlier = build_of(built)
    catalog.write({"stories.py": gives("Site(title='Kit')", waiting(tmp_path))})
    catalog.write({"icons/stories.py": gives(SUBJECT.format("icon"))})
    app = create_app(built, "kit", use_subinterpreters=True)
    async with served(app) as port, browser_at(port) as browser:
        hello = {"type": "hello", "build": earlier, "controls": True}
        assert await browser.message() == hello
        (tmp_path / "go").touch()
        told = await browser.message()
    assert "icons/index.html" in told["pages"]
    assert "storytime.css" not in told["pages"]


async def test_the_reason_why_nothing_can_be_watched_is_shown(
    catalog: Catalog, site: Path, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.write(SMALL)
    app = create_app(site, "kit")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = max(int(name) for name in os.listdir("/proc/self/fd"))
    held = [os.open("/dev/null", os.O_RDONLY) for _ in range(used)]  # fills the gaps
    async with AsyncExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(held) + 1, limits[1]))
        try:
            await stack.enter_async_context(app.router.lifespan_context(app))
            await until(lambda: caplog.records, "the watching ended")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            for number in held:
                os.close(number)
        client = await stack.enter_async_context(client_of(app))
        response = await client.get("/")
    assert "Too many open files" in response.text
    (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert re.match(r"no longer watching for changes: .*Too many open files", record.message)


# Mounted in another app.


def mounting(*workshops: Starlette, **options: Any) -> Starlette:
    """An app that mounts workshops at /0, /1, … and starts them."""
    routes = [Mount(f"/{number}", each) for number, each in enumerate(workshops)]
    return Starlette(routes=routes, lifespan=lifespan(*workshops, **options))


async def test_mounted_workshops_start_and_stop_with_their_host(
    catalog: Catalog, site: Path, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    Catalog(tmp_path, "other").write({**SMALL, "stories.py": gives("Site(title='Other')")})
    sites = {site: "kit", tmp_path / "site2": "other"}
    workshops = [create_app(*each, use_subinterpreters=True) for each in sites.items()]
    async with living(mounting(*workshops)) as client:
        assert "OK" in await text_at(client, f"/0{PAGE}")
        assert "Other" in await text_at(client, "/1/")
        catalog.write({"new/stories.py": gives(SUBJECT.format("new one"))})
        await until_served(client, "/0/new/story-0/", "new one")
    assert _worker_threads() == set()


async def test_the_lifespan_of_the_host_surrounds_that_of_its_workshops(
    catalog: Catalog, site: Path
) -> None:
    catalog.write(SMALL)
    seen: list[object] = []

    @asynccontextmanager
    async def own(app: Starlette) -> AsyncIterator[dict[str, str]]:
        seen.append((app, site.exists()))
        yield {"database": "open"}
        seen.append(_worker_threads())

    host = mounting(create_app(site, "kit", use_subinterpreters=True), host_lifespan=own)
    async with host.router.lifespan_context(host) as state, client_of(host) as client:
        assert state == {"database": "open"}
        assert "OK" in await text_at(client, f"/0{PAGE}")
    assert seen == [(host, False), set()]


@pytest.mark.parametrize("path", ["/0/", f"/0{PAGE}"])
async def test_a_workshop_that_nothing_started_says_how_to_start_it(
    catalog: Catalog, site: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.write(SMALL)
    host = Starlette(routes=[Mount("/0", create_app(site, "kit"))])
    async with client_of(host) as client:
        for _ in range(2):
            response = await client.get(path)
            assert response.status_code == 503
            assert "lifespan=storytime.lifespan(workshop)" in response.text
            links = re.findall('(?:href|src)="(.*?)"', response.text)
            assert "/0/storytime.css" in {followed(path, link) for link in links}
        assert (await client.get("/0/storytime.css")).status_code == 200
    (line,) = caplog.messages
    assert "lifespan=storytime.lifespan(workshop)" in line


async def test_an_old_catalog_that_nothing_rebuilds_says_so_in_browsers(built: Path) -> None:
    async with served(Starlette(routes=[Mount("/", create_app(built, "kit"))])) as port:
        async with httpx.AsyncClient(timeout=LONG) as client:
            assert "OK" in (await client.get(f"http://127.0.0.1:{port}{PAGE}")).text
        async with browser_at(port) as browser:
            (notice,) = (await browser.message())["notices"]
            assert "not running" in notice


def test_a_test_client_starts_a_workshop_as_often_as_it_is_entered(
    catalog: Catalog, site: Path
) -> None:
    catalog.write(SMALL)
    app = create_app(site, "kit", use_subinterpreters=True)
    for _ in range(2):
        with TestClient(app) as client:
            assert "OK" in client.get(PAGE).text
            with client.websocket_connect("/ws/reload") as browser:
                assert browser.receive_json()["type"] == "hello"


async def test_a_second_package_in_the_folder_of_a_first_does_not_start(
    catalog: Catalog, site: Path, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    Catalog(tmp_path, "other").write({**SMALL, "stories.py": gives("Site(title='Other')")})
    apps = [create_app(site, name, use_subinterpreters=True) for name in ("kit", "other")]
    async with living(apps[0]) as first:
        await until_served(first, "/", "Kit")
        await until((site / ".storytime/lock").exists, "the first locked the folder")
        refusal = f"{site} is in use for kit .*: choose another output folder for other "
        with pytest.raises(StorytimeError, match=refusal):
            async with living(apps[1]):
                pass
    async with living(apps[1]) as second:
        await until_served(second, "/", "Other")


async def test_a_package_that_comes_into_a_folder_in_use_is_refused_in_one_line(
    catalog: Catalog, site: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    catalog.write({**SMALL, "stories.py": gives("Site(title='Kit')", waiting(tmp_path))})
    other = Catalog(tmp_path, "other").write(SMALL)
    async with living(create_app(site, "kit", use_subinterpreters=True)):
        await until((tmp_path / "begun").exists, "the first build began")
        build_site("other", site)
        with FolderLock(site, locate("other")) as lock:
            lock.take()
            (tmp_path / "go").touch()
            await until(lambda: "in use" in caplog.text, "the build was refused")
    (line,) = [each for each in caplog.messages if "in use" in each]
    assert line.startswith(f"{site} is in use for other ({other.folder}): choose another ")


async def test_browsers_of_each_worker_of_an_app_are_told_of_a_save(
    catalog: Catalog, site: Path
) -> None:
    catalog.write(SMALL)
    async with AsyncExitStack() as stack:
        ports = [
            await stack.enter_async_context(
                served(create_app(site, "kit", use_subinterpreters=True, preload=False))
            )
            for _ in range(2)
        ]
        browsers = [await stack.enter_async_context(browser_at(port)) for port in ports]
        for browser in browsers:
            await browser.message_of("reload")  # of the first build
        before = build_of(site)
        catalog.write({"forms/button/stories.py": gives(SUBJECT.format("new"))})
        for browser in browsers:
            await _told(browser, before)


async def _told(browser: AsyncBrowser, before: str) -> None:
    """Wait for a message that makes a page update that shows the build before."""
    while (message := await browser.message())["build"] == before or message.get("pages") == []:
        pass
