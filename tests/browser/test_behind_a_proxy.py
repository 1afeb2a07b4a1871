"""The page as a proxy shows it: at another host, below a prefix that the server doesn't know."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import override
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from ..serving_support import Server, serving
from .conftest import RING
from .kit import FILES, Kit, open_story, story


class Relay(StreamRequestHandler):
    """Passes on one request for `/ui/…`, as nginx does by default: with the upstream as Host."""

    upstream = 0

    @override
    def handle(self) -> None:
        lines = []
        while (line := self.rfile.readline()).strip():
            lines.append(line)
        with socket.create_connection(("127.0.0.1", self.upstream)) as upstream:
            head = b"".join(lines).replace(b" /ui/", b" /", 1)
            if b"upgrade: websocket" not in head.lower():
                head = re.sub(rb"(?im)^connection:.*$", b"Connection: close\r", head)
            own_host = b"Host: 127.0.0.1:%d\r" % self.upstream
            upstream.sendall(re.sub(rb"(?im)^host:.*$", own_host, head) + b"\r\n")
            Thread(target=_pump, args=[self.connection, upstream], daemon=True).start()
            _pump(upstream, self.connection)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(server: Server) -> Iterator[str]:
    """Yield the address at which a proxy shows the server."""
    relay = type("Relay", (Relay,), {"upstream": server.port})
    with ThreadingTCPServer(("127.0.0.1", 0), relay) as proxy:
        proxy.daemon_threads = True
        Thread(target=proxy.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}/ui"
        finally:
            proxy.shutdown()


@pytest.mark.parametrize("option", [[], ["--allowed-host", "127.0.0.1"]])
def test_a_page_behind_a_proxy_is_live(
    page: Page, tmp_path: Path, servers: ExitStack, option: list[str]
) -> None:
    kit = Kit(tmp_path)
    kit.write(FILES)
    kit.server = servers.enter_context(serving(tmp_path, "kit", RING, *option))
    kit.server.until_said("built kit")
    address = servers.enter_context(proxied(kit.server))
    open_story(page, f"{address}/form/first")
    expect(page).to_have_url(f"{address}/form/first/")
    kit.edit("form/stories.py", "'One'", "'Uno'")
    expect(story(page).locator("#label")).to_have_text("Uno")
    assert not kit.server.said("refused")
    answer = page.request.get(f"{address}/gone/for/now")
    assert answer.status == 404
    links = re.findall('(?:href|src)="([^"]+)"', answer.text())
    found = {urljoin(answer.url, link) for link in links}
    assert {f"{address}/storytime.css", f"{address}/index.html"} <= found
