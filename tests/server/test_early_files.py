"""What is asked for first comes before the rest of the first build."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from storytime import InterpreterRing, create_app
from storytime.build.manifest import Manifest
from storytime.errors import BuildFailed
from storytime.live.early_files import LONGEST, MOST
from storytime.ring.isolation import Kind

from ..serving_support import LONG, AsyncBrowser, browser_at, replace, served, until
from ..support import BUTTON, Catalog, gives

PAGE, FRAME = "wanted/story-0/index.html", "wanted/story-0/frame.html"
SHEET = "static/kit.css"
MARK = re.compile(rb' data-early="\w+"')

LAYOUT = """
def layout(story_title, children):
    return f"<html><head><link rel=stylesheet href=static/kit.css></head><body>{children}</body>"
"""
SLOW = """
import os
from contextlib import suppress
from itertools import count
from time import sleep

numbers = count()

def exists(name):
    with suppress(FileNotFoundError):
        return os.statvfs(name)  # unlike others, it doesn't make the build watch the file

def slow():
    if not exists("go"):
        sleep(0.2)
    if exists("die"):
        os._exit(3)
    return "slow"
"""

BUTTON_SAVED = gives("Subject(target=button, items=[Story()])", BUTTON.replace("OK", "Saved"))


@pytest.fixture
def go(catalog: Catalog, tmp_path: Path) -> Path:
    """Write a catalog whose first subject takes 20 s to render, unless this file exists.

    The build can answer between its stories.
    """
    go = tmp_path / "go"
    slow = "Subject(target=slow, items=[Story() for _ in range(100)])"
    catalog.write(
        {
            "__init__.py": "",
            "stories.py": gives("Site(title='Kit', themed_layout=layout)", LAYOUT),
            SHEET: "body { background: url(static/dot.svg) }",
            "static/dot.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "a/__init__.py": "",
            "a/stories.py": gives(slow, SLOW),
            "wanted/__init__.py": "",
            "wanted/stories.py": gives("Subject(target=button, items=[Story()])", BUTTON),
            "wanted/guide.md": "# Guide\n\nRead me.",
            "z/__init__.py": "",
            "z/stories.py": gives("Subject(target=lambda: 1 / 0, items=[Story()])"),
        }
    )
    return go


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


@asynccontextmanager
async def clients(app: Starlette) -> AsyncIterator[tuple[httpx.AsyncClient, AsyncBrowser]]:
    """Serve the app; yield a client, and a browser that has not been greeted yet."""
    async with (
        served(app) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=LONG) as client,
        browser_at(port) as browser,
    ):
        yield client, browser


@pytest.mark.parametrize("isolation", ["auto", "process"])
async def test_a_page_with_all_that_it_needs_comes_before_the_build_ends(
    go: Path, site: Path, isolation: Kind
) -> None:
    app = create_app(site, "kit", use_subinterpreters=True, isolation=isolation)
    files = ["", "wanted/", PAGE, FRAME, SHEET, "static/dot.svg", "storytime.js", "start.js"]
    async with clients(app) as (client, browser):
        early = [await client.get(f"/{file}") for file in files]
        assert Manifest.read(site) is None
        go.touch()
        assert (await browser.message_of("reload"))["build"]
        later = [await client.get(f"/{file}") for file in files]
    for before, after in zip(early, later, strict=True):
        assert before.status_code == 200
        assert "server-timing" not in before.headers
        for name in ("content-type", "content-security-policy", "cross-origin-resource-policy"):
            assert before.headers.get(name) == after.headers.get(name), before.url
    # Only pages that show the subject `z` can be different, of which a story will fail.
    assert MARK.sub(b"", early[2].content) == later[2].content != early[2].content
    assert [each.content for each in early[3:]] == [each.content for each in later[3:]]
    assert b"url(dot.svg)" in early[4].content


async def test_browsers_load_again_only_what_was_different_when_it_was_early(
    go: Path, site: Path
) -> None:
    app = create_app(site, "kit", use_subinterpreters=True)
    async with clients(app) as (client, browser):
        same, different = {PAGE, FRAME, SHEET, "storytime.css"}, {"z/index.html"}
        for file in same | different:
            assert (await client.get(f"/{file}")).status_code == 200
        go.touch()
        pages = (await browser.message_of("reload"))["pages"]
    assert same.isdisjoint(pages)
    assert different | {"tree.html", "wanted/index.html"} <= {*pages}


async def test_a_part_of_a_file_waits_for_the_end_of_the_build(go: Path, site: Path) -> None:
    app = create_app(site, "kit", use_subinterpreters=True)
    async with clients(app) as (client, _):
        part = asyncio.create_task(client.get(f"/{SHEET}", headers={"Range": "bytes=0-3"}))
        assert (await client.get(f"/{SHEET}")).status_code == 200
        assert not part.done()
        go.touch()
        answer = await part
    assert (answer.status_code, answer.text) == (206, "body")


async def test_an_early_page_is_up_to_date_until_the_build_has_ended(go: Path, site: Path) -> None:
    app = create_app(site, "kit", use_subinterpreters=True)
    async with clients(app) as (client, browser):
        assert "early" not in await browser.message()
        (mark,) = MARK.findall((await client.get(f"/{PAGE}")).content)
        async with browser_at(client.base_url.port or 0) as second:
            assert (await second.message())["early"] in mark.decode()
        go.touch()
        await browser.message_of("failed")
        async with browser_at(client.base_url.port or 0) as third:
            assert "early" not in await third.message()


async def test_what_can_not_be_rendered_early_waits_for_the_build(go: Path, site: Path) -> None:
    missing = [f"no/{number}/" for number in range(3 * MOST)]
    paths = [
        "z/story-0/",
        "tree.html",
        "stories.json",
        "x" * (LONGEST + 1),
        ".storytime/",
        *missing,
    ]
    app = create_app(site, "kit", use_subinterpreters=True)
    async with clients(app) as (client, _):
        waiting = [asyncio.create_task(client.get(f"/{path}")) for path in paths]
        assert "Read me." in (await client.get("/wanted/guide/")).text
        assert not any(each.done() for each in waiting)
        go.touch()
        answers = [await each for each in waiting]
        assert [each.status_code for each in answers] == [200] * 3 + [404] * (len(paths) - 3)
        assert "ZeroDivisionError" in answers[0].text
        assert b"Nothing is built" not in answers[-1].content


async def test_an_early_answer_is_gone_when_the_first_build_has_failed(
    go: Path, site: Path
) -> None:
    app = create_app(site, "kit", use_subinterpreters=True, isolation="process")
    async with clients(app) as (client, browser):
        assert (await client.get(f"/{PAGE}")).status_code == 200
        die = go.with_name("die")
        die.touch()
        assert "ended with exit code 3" in str(await browser.message_of("failed"))
        assert (await client.get(f"/{PAGE}")).status_code == 404
        die.unlink()
        go.touch()
        (go.parent / "kit" / "stories.py").touch()
        assert PAGE not in (await browser.message_of("reload"))["pages"]
        assert (await client.get(f"/{PAGE}")).status_code == 200


async def test_a_save_during_the_first_build_is_not_lost_to_who_was_early(
    go: Path, site: Path, catalog: Catalog
) -> None:
    app = create_app(site, "kit", use_subinterpreters=True)
    async with clients(app) as (client, browser):
        assert ">OK<" in (await client.get(f"/{FRAME}")).text
        replace(catalog.folder / "wanted/stories.py", BUTTON_SAVED)
        async with asyncio.timeout(LONG):
            while ">Saved<" not in (await client.get(f"/{FRAME}")).text:
                await asyncio.sleep(0.05)
        assert Manifest.read(site) is None
        go.touch()
        assert FRAME in (await browser.message_of("reload"))["pages"]
        assert ">Saved<" in (await client.get(f"/{FRAME}")).text


async def test_the_folder_is_a_clean_builds_in_the_end_whatever_was_early(
    go: Path, site: Path, catalog: Catalog, tmp_path: Path
) -> None:
    counting = "Subject(target=lambda: str(next(numbers)), items=[Story(), Story()])"
    numbers = "from kit.a.stories import numbers"
    catalog.write({"wanted/stories.py": gives(counting, numbers)})
    catalog.write({"b/stories.py": gives(counting, numbers), "b/__init__.py": ""})
    app = create_app(site, "kit", use_subinterpreters=True)
    async with clients(app) as (client, _):
        assert "<body>0</body>" in (await client.get(f"/{FRAME}")).text
        go.touch()
        with InterpreterRing() as ring, pytest.raises(BuildFailed):
            await ring.build_async("kit", tmp_path / "clean")
        clean = Manifest.read(tmp_path / "clean")
        assert clean is not None
        await until(lambda: (now := Manifest.read(site)) and now.pages == clean.pages, "it was")
        assert "<body>2</body>" in (await client.get(f"/{FRAME}")).text
