"""A mounted workshop in real servers: pages, files, hot reload, and a clean end."""

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ..serving_support import message, wait_until
from .processes import STORY, Host, edit, hosting, python, reloaded, until_ended

APP = "starlette_app:app"
SERVERS = {
    "uvicorn": python("uvicorn", APP, "--port={port}"),
    "uvicorn --factory": python("uvicorn", "--factory", "workshop:make", "--port={port}"),
    "hypercorn": python("hypercorn", APP, "--bind=127.0.0.1:{port}"),
    "granian": python("granian", "--interface=asgi", "--port={port}", APP),
    "gunicorn": python(
        "gunicorn", "--worker-class=uvicorn_worker.UvicornWorker", "--bind=127.0.0.1:{port}", APP
    ),
    "gunicorn's own worker": python(
        "gunicorn",
        "--worker-class=asgi",
        "--graceful-timeout=1",  # else it waits 30 s for open WebSockets
        "--bind=127.0.0.1:{port}",
        APP,
    ),
}
WAITING_FOR_BROWSERS = {"hypercorn"}
"""Servers that never end while a WebSocket is open: theirs is `Server.wait_closed`."""
WORKERS = {
    "uvicorn": [*SERVERS["uvicorn"], "--workers=2"],
    "hypercorn": [*SERVERS["hypercorn"], "--workers=2"],
    "granian": [*SERVERS["granian"], "--workers=2"],
    "gunicorn": [*SERVERS["gunicorn"], "--workers=2"],
}


def prefix_of(name: str) -> str:
    return "" if "factory" in name else "/workshop"


def check_answers(host: Host, project: Path) -> None:
    """Ask for a page, a story's document, files, a part of one, and what is missing."""
    page = host.prefix + f"/{STORY}"
    assert "<h1" in host.get(f"{page}/")[1]
    assert "One" in host.get(f"{page}/frame.html")[1]
    sheet = (project / "catalog/static/kit.css").read_text()
    assert host.get(f"{host.prefix}/static/kit.css") == (200, sheet)
    assert host.get(f"{host.prefix}/static/large.txt") == (200, "x" * 100_000)
    part = host.get(f"{host.prefix}/static/kit.css", Range="bytes=0-1")
    assert part == (206, sheet[:2])
    status, text = host.get(f"{host.prefix}/no/such")
    assert status == 404
    assert "Not in the catalog" in text
    for foreign in ("rebound.example", "testserver", f"testserver:{host.port}"):
        assert host.get(f"{page}/", Host=foreign)[0] == 403
    assert host.get(f"{page}/", Host=f"localhost:{host.port}")[0] == 200


def end(host: Host, ending: signal.Signals) -> None:
    if ending is signal.SIGINT:
        os.killpg(host.process.pid, ending)  # as a terminal does
    else:
        host.process.send_signal(ending)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
@pytest.mark.parametrize("name", SERVERS)
def test_a_workshop_is_live_in_a_server_and_ends_with_it(
    project: Path, name: str, ending: signal.Signals
) -> None:
    with hosting(project, *SERVERS[name], prefix=prefix_of(name)) as host:
        check_answers(host, project)
        with host.websocket() as browser:
            edit(project, "'One'", "'Uno'")
            assert "Uno" in reloaded(browser)["documents"][f"{STORY}/frame.html"]
            assert "Uno" in host.get(f"{host.prefix}/{STORY}/frame.html")[1]
            if name not in WAITING_FOR_BROWSERS:
                end(host, ending)
                until_ended(host)
        if name in WAITING_FOR_BROWSERS:
            end(host, ending)
        code = until_ended(host)
    assert code in (0, -ending)
    assert not host.said("Traceback|not running|leaked"), host.lines


def is_told(message: Mapping[str, Any], host: Host) -> bool:
    """Return True if the message makes a page that shows the story load what was saved."""
    document = f"{STORY}/frame.html"
    told = message["type"] == "hello" or document in message.get("pages", ())
    return told and "Uno" in host.get(f"{host.prefix}/{document}")[1]


@pytest.mark.parametrize("name", WORKERS)
def test_several_workers_of_one_app_share_its_output_folder(project: Path, name: str) -> None:
    command: Sequence[str] = WORKERS[name]
    with hosting(project, *command, prefix="/workshop") as host:
        with ExitStack() as stack:
            browsers = [stack.enter_context(host.websocket()) for _ in range(8)]
            edit(project, "'One'", "'Uno'")
            for browser in browsers:  # some of each worker
                while not is_told(message(browser), host):  # what the first builds changed
                    pass
        host.process.terminate()
        until_ended(host)
    assert not host.said("in use|Traceback"), host.lines


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
@pytest.mark.parametrize("name", ["uvicorn", "hypercorn", "granian", "gunicorn"])
def test_a_story_that_never_ends_does_not_keep_a_server(
    project: Path, name: str, ending: signal.Signals
) -> None:
    with hosting(project, *SERVERS[name], prefix=prefix_of(name)) as host:
        endless = "import pathlib; pathlib.Path('begun').touch()\nwhile True: pass\n"
        edit(project, "def node", f"{endless}def node")
        wait_until((project / "begun").exists, "the build began")
        end(host, ending)
        until_ended(host)
