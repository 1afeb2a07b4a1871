"""The server runs without any single internal of uvicorn, as if a release had renamed it."""

import signal
from pathlib import Path

import pytest

from ..serving_support import message_of, serving
from ..support import SMALL, Catalog, gives

pytestmark = pytest.mark.usefixtures("unmeasured")

RENAME = """
import re, runpy, sys
from importlib.machinery import PathFinder, SourceFileLoader

module, pattern, name = sys.argv[1:4]
del sys.argv[1:4]

class RenamingLoader(SourceFileLoader):
    def get_code(self, fullname):
        source = self.get_data(self.path).decode()
        renamed = re.sub(pattern, lambda found: found[0].replace(name, f"renamed_{name}"), source)
        if renamed == source:
            assert fullname != module, f"{module} has no {name}"
            return super().get_code(fullname)
        return compile(renamed, self.path, "exec", dont_inherit=True)

class RenamingFinder(PathFinder):
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if not f"{fullname}.".startswith("uvicorn."):
            return None  # for the other finders: on Python 3.13 Storytime needs one of its own
        spec = super().find_spec(fullname, path, target)
        if spec:
            spec.loader = RenamingLoader(spec.loader.name, spec.loader.path)
        return spec

sys.meta_path.insert(0, RenamingFinder)
__import__(module)
runpy.run_module("storytime", run_name="__main__", alter_sys=True)
"""
"""Renames what matches a pattern in all of uvicorn, then runs Storytime."""

HTTP = "uvicorn.protocols.http.h11_impl"
WEBSOCKET = "uvicorn.protocols.websockets.websockets_sansio_impl"
SERVER = "uvicorn.server"
INTERNALS = [
    (HTTP, r"\bH11Protocol\b", "H11Protocol"),
    (HTTP, r"\bself\.cycle\b", "cycle"),
    (HTTP, r"\bresponse_complete\b", "response_complete"),
    (HTTP, r"\bon_response_complete\b", "on_response_complete"),
    (HTTP, r"\bsend_400_response\b", "send_400_response"),
    (HTTP, r"\bresponse_started\b", "response_started"),
    (WEBSOCKET, r"\bWebSocketsSansIOProtocol\b", "WebSocketsSansIOProtocol"),
    (WEBSOCKET, r"\bkeepalive_timeout\b", "keepalive_timeout"),
    (WEBSOCKET, r"\bon_task_complete\b", "on_task_complete"),
    (SERVER, r"\bshould_exit\b", "should_exit"),
    (SERVER, r"\bcapture_signals\b", "capture_signals"),
    (SERVER, r"\bmain_loop\b", "main_loop"),
    (SERVER, r"\bon_tick\b", "on_tick"),
    (SERVER, r"\bself\.lifespan\b", "lifespan"),
    (SERVER, r"(def |self\.)shutdown\((self, )?sockets", "shutdown"),
]


@pytest.mark.parametrize(("module", "pattern", "name"), INTERNALS, ids=lambda value: value)
def test_the_server_runs_without_an_internal_of_uvicorn(
    catalog: Catalog, tmp_path: Path, module: str, pattern: str, name: str
) -> None:
    catalog.write(SMALL)
    program = ("-c", RENAME, module, pattern, name)
    # The protocols know nothing of builds. Without subinterpreters the server starts sooner.
    mode = "--subinterpreters" if module == SERVER else "--no-subinterpreters"
    with serving(catalog.base, "kit", tmp_path / "site", mode, program=program) as server:
        server.until_served("/forms/button/story-0/", "OK")
        with server.browser() as browser:
            catalog.write({"icons/stories.py": gives("Subject(title='Icons')")})
            assert "icons/index.html" in message_of(browser, "reload")["pages"]
            server.until_served("/icons/", "Icons")
            server.end(signal.SIGTERM)
    assert server.process.returncode == 0, server.lines
    assert not server.said("ERROR|Traceback"), server.lines
