"""A mounted workshop, and one behind nginx and Caddy, in Chromium."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ..browser.conftest import RING
from ..browser.kit import open_story, story
from ..pages import blocks
from ..support import write
from .processes import STORY, Host, edit, free_port, hosting, python


def check_live(page: Page, host: Host, project: Path) -> None:
    """Look at a story with its stylesheet, go to another page, and save edits of both."""
    open_story(page, host.address(STORY))
    expect(page).to_have_url(host.address(f"{STORY}/"))
    label = story(page).locator("#label")
    expect(label).to_have_text("One")
    expect(label).to_have_css("outline-color", "rgb(4, 5, 6)")
    edit(project, "'One'", "'Uno'")
    expect(label).to_have_text("Uno")
    edit(project, "rgb(4, 5, 6)", "rgb(7, 8, 9)", "catalog/static/kit.css")
    expect(label).to_have_css("outline-color", "rgb(7, 8, 9)")
    page.locator("#st-tree").get_by_text("Second").click()
    expect(page).to_have_url(host.address("form/second/index.html"))
    expect(label).to_have_text("Two")
    edit(project, "'Two'", "'Due'")
    expect(label).to_have_text("Due")
    assert not host.said("refused|Traceback"), host.lines


# Other people's apps.


def django_project(project: Path) -> None:
    """Make a project with django-admin, with the asgi.py of the docs."""
    asgi = (project / "mysite/asgi.py").read_text()
    shutil.rmtree(project / "mysite")
    subprocess.run(python("django", "startproject", "mysite", "."), cwd=project, check=True)
    write(project, {"mysite/asgi.py": asgi})


APPS = {
    "Starlette": ("starlette_app:app", "/workshop"),
    "FastAPI": ("fastapi_app:app", "/workshop"),
    "FastAPI with a lifespan and two workshops": ("two_workshops:app", "/workshop"),
    "Django": ("mysite.asgi:application", "/workshop"),
}


@pytest.mark.parametrize("name", APPS)
def test_a_workshop_below_a_prefix_of_an_app_is_live(
    page: Page, project: Path, servers: ExitStack, name: str
) -> None:
    app, prefix = APPS[name]
    if name == "Django":
        django_project(project)
    host = servers.enter_context(
        hosting(project, *python("uvicorn", app, "--port={port}"), prefix=prefix)
    )
    check_live(page, host, project)
    assert host.get("/")[0] == 200  # the app's own page
    if name == "Django":
        assert "The install worked successfully" in host.get("/")[1]
        assert host.get("/static/admin/css/base.css")[0] == 200
        page.goto(host.address().rstrip("/"))
        expect(page).to_have_url(host.address())
    if "two" in name:
        assert host.get("/")[1] == '"connected"'
        assert "One" in host.get(f"/office/{STORY}/frame.html")[1]


# Proxies.

NGINX = """
{user}
pid nginx.pid;
error_log stderr;
daemon off;
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp;
    scgi_temp_path tmp;
    server {{
        listen 127.0.0.1:{port};
        {site}
    }}
}}
"""
CADDY = """
{{
    admin off
    default_bind 127.0.0.1
    auto_https off
}}
{site}
"""


@contextmanager
def proxied(project: Path, file: str, upstream: Host, prefix: str = "") -> Iterator[Host]:
    """Start nginx or Caddy with a file of docs/proxies.md in front of a server."""
    (site,) = [
        block.text for block in blocks("docs/proxies.md") if block.comments.get("file") == file
    ]
    port = free_port()
    site = site.replace("8080", str(upstream.port))
    site = re.sub(r"^(localhost|workshop\.example) ", f"http://:{port} ", site)
    command: list[str | Path]
    if file.startswith("nginx"):
        user = "user root;" if os.geteuid() == 0 else ""
        write(project, {"nginx.conf": NGINX.format(user=user, port=port, site=site)})
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert nginx, "expected nginx on PATH: see scripts/proxies"
        command = [nginx, "-p", project, "-c", project / "nginx.conf", "-e", "stderr"]
    else:
        write(project, {"Caddyfile": CADDY.format(site=site)})
        command = ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
    with hosting(project, *command, prefix=prefix, port=port, HOME=str(project)) as proxy:
        yield proxy


PLACES = {"root": "", "stripped": "/workshop", "passed": "/workshop"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["nginx", "caddy"])
def test_a_workshop_behind_a_proxy_is_live(
    page: Page, project: Path, servers: ExitStack, kind: str, place: str
) -> None:
    prefix = PLACES[place]
    options = ["--root-path", prefix] if place == "passed" else []
    command = python("storytime", "serve", "catalog", RING, "--port={port}", *options)
    upstream = servers.enter_context(hosting(project, *command))
    suffix = "conf" if kind == "nginx" else "caddy"
    proxy = servers.enter_context(proxied(project, f"{kind}/{place}.{suffix}", upstream, prefix))
    check_live(page, proxy, project)
    assert not upstream.said("refused"), upstream.lines
    if prefix:
        page.goto(proxy.address().rstrip("/"))
        expect(page).to_have_url(proxy.address())


@pytest.mark.parametrize("options", [[], ["--root-path=/workshop"]], ids=["", "root path"])
@pytest.mark.parametrize("app", ["starlette_app:app", "fastapi_app:app"])
def test_an_app_behind_a_proxy_that_strips_a_prefix_is_live(
    page: Page, project: Path, servers: ExitStack, app: str, options: list[str]
) -> None:
    command = python("uvicorn", app, "--port={port}", *options)
    upstream = servers.enter_context(hosting(project, *command, prefix="/workshop"))
    proxy = servers.enter_context(
        proxied(project, "nginx/stripped.conf", upstream, "/workshop/workshop")
    )
    check_live(page, proxy, project)


@pytest.mark.parametrize("allowed", [[], ["--allowed-host=workshop.example"]], ids=["", "allowed"])
def test_a_name_that_a_proxy_passes_on_has_to_be_allowed(project: Path, allowed: list[str]) -> None:
    command = python("storytime", "serve", "catalog", RING, "--port={port}", *allowed)
    with hosting(project, *command) as upstream:
        for file, replaces in {
            "nginx/root.conf": True,
            "caddy/root.caddy": False,
            "caddy/named.caddy": True,
        }.items():
            with proxied(project, file, upstream) as proxy:
                status, text = proxy.get(f"/{STORY}/", Host="workshop.example")
                assert status == (200 if replaces or allowed else 403), file
                assert status == 200 or "allowed_hosts=['workshop.example']" in text
