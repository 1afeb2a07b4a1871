"""Servers that are killed at any moment leave no half page, and nothing that stays behind.

STORYTIME_KILLS is the number of kills.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest

from storytime.build.manifest import OWN_FOLDER, UNWRITTEN, Manifest

from .serving_support import Server, replace, starting, until_clean_build, wait_until
from .support import Catalog, contents, gives, run_storytime

pytestmark = pytest.mark.usefixtures("unmeasured")

logger = logging.getLogger(__name__)

KILLS = int(os.environ.get("STORYTIME_KILLS", "8"))
RING = "--subinterpreters"
SUBJECTS, STORIES = 6, 10
LONGEST = 1.5
"""Seconds after which a server is killed at the latest."""
COMPONENT = """from .words import WORD
def part(word=""): return f"[{WORD} {'x' * 20_000} {WORD}]"
"""


def words(number: int) -> str:
    return f"WORD = {number}\n"


class Looks:
    """Looks at the pages on disk and over HTTP until it is told to end, and notes the half ones."""

    def __init__(self, site: Path, clean: dict[str, bytes]) -> None:
        self.site, self.clean = site, clean
        self.servers: list[Server] = []
        self.counts: Counter[str] = Counter()
        self.halves: list[str] = []
        self.done = Event()

    def run(self) -> None:
        paths = [path for path in self.clean if not path.startswith(OWN_FOLDER)]
        chance = Random(0)
        while not self.done.is_set():
            path = chance.choice(paths)
            with suppress(OSError):  # it isn't there yet
                self.check("disk", path, (self.site / path).read_bytes())
            for server in self.servers.copy():
                # A server that is killed doesn't answer, or not to the end.
                with suppress(OSError, HTTPException):
                    status, text = server.get(f"/{path}")
                    if status == 200:
                        self.check("HTTP", path, text.encode())

    def check(self, where: str, path: str, data: bytes) -> None:
        self.counts[where] += 1
        if not self.is_whole(path, data):
            self.halves.append(f"{where}: {path}: {len(data)} bytes, {data[-60:]!r}")

    def is_whole(self, path: str, data: bytes) -> bool:
        if path.endswith(".json"):
            with suppress(ValueError):
                return bool(json.loads(data))
            return False
        if not self.clean[path].endswith(b"</html>\n"):  # the navigation's tree, an asset
            return data == self.clean[path]
        shown = re.findall(rb"\[(\d+) x{20000} (\d+)\]", data)
        is_same = len({word for pair in shown for word in pair}) < 2
        return data.endswith(b"</html>\n") and is_same


@contextmanager
def looking(site: Path, clean: dict[str, bytes]) -> Iterator[Looks]:
    looks = Looks(site, clean)
    thread = Thread(target=looks.run)
    thread.start()
    try:
        yield looks
    finally:
        looks.done.set()
        thread.join()


def test_killed_servers_leave_no_half_page_and_nothing_behind(
    catalog: Catalog, tmp_path: Path
) -> None:
    chance = Random(KILLS)
    items = [f"Story(title='{number}')" for number in range(STORIES)]
    subject = gives(f"Subject(target=part, items=[{', '.join(items)}])", COMPONENT)
    subject = subject.replace("from .words", "from kit.words")
    catalog.write({"stories.py": gives("Site(title='Kit')"), "words.py": words(0)})
    catalog.write({f"subject{number}/stories.py": subject for number in range(SUBJECTS)})
    site, temporary = tmp_path / "site", tmp_path / "temporary"
    temporary.mkdir()
    assert run_storytime("-q", "build", "kit", tmp_path / "first", cwd=tmp_path).returncode == 0
    clean = contents(tmp_path / "first")
    kills: Counter[str] = Counter()

    with ExitStack() as stack, looking(site, clean) as looks:

        def start(*output: Path) -> Server:
            options = [RING, "--port", "0", *chance.choice([(), ("--isolation", "process")])]
            run = starting(catalog.base, "kit", *output, *options, TMPDIR=str(temporary))
            return stack.enter_context(run)

        def serve(*output: Path) -> Server:
            server = start(*output)
            server.until_said("Serving .* at http")
            (port,) = re.findall(r" at http://[^ ]+:(\d+)/", "\n".join(server.lines))
            server.port = int(port)
            assert server.get("/stories.json")[0] == 200  # the first build has ended
            return server

        def kill(server: Server, moment: str) -> None:
            server.process.kill()
            server.process.wait()
            kills[moment] += 1
            manifest = Manifest.read(site)
            kills["in the middle of writing"] += manifest is None or manifest.build == UNWRITTEN

        def save() -> None:
            replace(catalog.folder / "words.py", words(sum(kills.values()) + 1))

        while kills["starting"] + kills["serving"] + kills["temporary"] < KILLS:
            which = chance.choice(["starting", "serving", "serving", "serving", "temporary"])
            if which == "starting":
                server = start(site)
                time.sleep(chance.uniform(0, LONGEST))
                kill(server, which)
                continue
            if which == "temporary":
                server = serve()
                wait_until(lambda: len([*temporary.glob("storytime-*")]) == 1, "it was swept")
                kill(server, which)
                continue
            server = serve(site)
            wait_until(lambda: not orphans(site), "a start removed what killed servers left", 5)
            looks.servers.append(server)
            save()
            if chance.random() < 0.5:
                time.sleep(chance.uniform(0, LONGEST))
            else:
                with suppress(AssertionError):  # it may have written already
                    wait_until(lambda: [*site.glob(f"{OWN_FOLDER}/writing-*")], "it writes", 2)
                time.sleep(chance.uniform(0, 0.01))
            if len(looks.servers) == 2:
                kill(looks.servers.pop(chance.choice([0, 1])), which)
        server = serve(site)
        save()
        until_clean_build(server, catalog, site)
        assert not orphans(site)
        server = serve()
        wait_until(lambda: len([*temporary.glob("storytime-*")]) == 1, "it was swept")
    logger.warning("%s; looks: %s", dict(kills), dict(looks.counts))
    assert looks.halves == []
    assert looks.counts["disk"] > KILLS < looks.counts["HTTP"]


def orphans(site: Path) -> list[str]:
    """Return the temporary files of processes that have ended."""
    return [
        name
        for name in os.listdir(site / OWN_FOLDER)
        if name.startswith("writing-") and not Path("/proc", name.split("-")[1]).exists()
    ]
