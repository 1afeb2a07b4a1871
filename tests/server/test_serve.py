"""`storytime serve` with real processes, sockets, browsers and signals."""

import logging
import os
import random
import re
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from storytime.server.serve import END_SIGNALS

from ..serving_support import (
    HANDSHAKE,
    LONG,
    ROOT,
    Server,
    message_of,
    replace,
    serving,
    starting,
    wait_until,
    waiting,
    within,
)
from ..support import SMALL, UNMEASURED, Catalog, contents, gives, run_storytime, write

logger = logging.getLogger(__name__)
"""For figures, which `pytest -rP` shows."""

MODES = RING, DIRECT = "--subinterpreters", "--no-subinterpreters"

LOG_LINE = re.compile(r"\d\d:\d\d:\d\d (INFO|WARNING|ERROR) .+")
PAGE = "/forms/button/story-0/"

SAYS = "def button(): return 'says {}'"
SUBJECT = "Subject(target=button, items=[Story()])"

SPREAD = {
    "kit/__init__.py": "",
    "kit/stories.py": gives("Site(title='Kit')"),
    "kit/button/__init__.py": "from .look import LOOK\ndef button(): return LOOK",
    "kit/button/look.py": "from ..words import WORD\nLOOK = f'look {WORD}'",
    "kit/button/stories.py": gives(SUBJECT, "from kit.button import button"),
    "kit/words.py": "WORD = 'one'",
    "kit/data/__init__.py": "",
    "kit/data/colours.json": '"one"',
    "kit/data/stories.py": gives(
        SUBJECT,
        "import json, pathlib",
        "path = pathlib.Path(__file__).with_name('colours.json')",
        "def button(): return 'colour ' + json.loads(path.read_text())",
    ),
    "kit/outer/__init__.py": "",
    "kit/outer/stories.py": gives(SUBJECT, "from sibling.cards.card import button"),
    "sibling/__init__.py": "",
    "sibling/cards/__init__.py": "",
    "sibling/cards/card.py": "from ..texts import TEXT\ndef button(): return f'card {TEXT}'",
    "sibling/texts.py": "TEXT = 'one'",
    "kit/tokens/__init__.py": "",
    "kit/tokens/stories.py": gives(
        SUBJECT,
        "import json, pathlib",
        "path = pathlib.Path(__file__).parents[2] / 'assets/tokens/tokens.json'",
        "def button(): return 'token ' + json.loads(path.read_text())",
    ),
    "assets/tokens/tokens.json": '"one"',
}
"""A catalog whose stories use helpers, a sibling package, and data inside and outside."""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


# Edits.


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Server]]:
    folder = write(tmp_path_factory.mktemp("spread"), SPREAD)
    with serving(folder, "kit", folder / "site", RING, **UNMEASURED) as server:
        server.until_served("/", "Kit")
        yield folder, server
        assert all(LOG_LINE.fullmatch(line) for line in server.lines), server.lines


EDITS: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "a stories.py": (
        "kit/button/stories.py",
        "/button/story-0/",
        lambda word: gives("Subject(items=[Story(target=lambda: " + repr(f"<b>{word}</b>") + ")])"),
    ),
    "a component": (
        "kit/button/__init__.py",
        "/button/story-0/",
        "def button(): return '{}'".format,
    ),
    "a helper two imports away": ("kit/words.py", "/button/story-0/", "WORD = '{}'".format),
    "a component of a sibling package": (
        "sibling/cards/card.py",
        "/outer/story-0/",
        "def button(): return '{}'".format,
    ),
    "a helper of a sibling package": ("sibling/texts.py", "/outer/story-0/", "TEXT = '{}'".format),
    "data in the package": ("kit/data/colours.json", "/data/story-0/", '"{}"'.format),
    "data outside the package": ("assets/tokens/tokens.json", "/tokens/story-0/", '"{}"'.format),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_served_within_a_second(spread: tuple[Path, Server], what: str) -> None:
    folder, server = spread
    path, page, source = EDITS[what]
    file = folder / path
    before = file.read_text()

    def edit(attempt: int) -> float:
        word = f"word-{attempt}"
        file.write_text(source(word))
        return server.until_served(page, word)

    logger.warning("it took %.3f s", within(1, edit))
    replace(file, before)
    server.until_served(page, "one")


def test_new_renamed_and_deleted_subjects_are_served_within_a_second(
    spread: tuple[Path, Server],
) -> None:
    folder, server = spread

    def come(attempt: int) -> float:
        subject = gives("Subject(items=[Story()])", f"WORD = {attempt}")
        write(folder / "kit", {f"new_{attempt}/stories.py": subject})
        return server.until_served(f"/new_{attempt}/", f"New {attempt}")

    def gone(path: str) -> float:
        start = time.monotonic()
        wait_until(lambda: server.get(path)[0] == 404, f"{path} was gone")
        assert f'href="{path[1:]}' not in server.get("/")[1]
        return time.monotonic() - start

    def rename(attempt: int) -> float:
        come(attempt)
        (folder / "kit" / f"new_{attempt}").rename(folder / "kit" / f"renamed_{attempt}")
        return max(server.until_served(f"/renamed_{attempt}/", "Renamed"), gone(f"/new_{attempt}/"))

    def edit_the_renamed(attempt: int) -> float:
        subject = gives(f"Subject(items=[Story(title='Edited {attempt}')])")
        (folder / "kit/renamed_0/stories.py").write_text(subject)
        return server.until_served(f"/renamed_0/edited-{attempt}/", f"Edited {attempt}")

    def delete(attempt: int) -> float:
        number = attempt and attempt + 4  # a name that no step has used
        if number:
            rename(number)
        shutil.rmtree(folder / "kit" / f"renamed_{number}")
        return gone(f"/renamed_{number}/")

    for step in (come, rename, edit_the_renamed, delete):
        within(1, step)
        for left in (folder / "kit").glob("new_[1-9]"):  # the next step begins with new_0
            shutil.rmtree(left)
    for left in (folder / "kit").glob("renamed_*"):
        shutil.rmtree(left)
    assert not list((folder / "site").glob("new*"))


def test_second_edit_of_same_size_within_a_second_is_served(
    spread: tuple[Path, Server],
) -> None:
    folder, server = spread
    helper, component = folder / "kit/words.py", folder / "sibling/texts.py"
    for word in ("two", "six", "ten", "one"):
        helper.write_text(f"WORD = '{word}'")
        component.write_text(f"TEXT = '{word}'")
        server.until_served("/button/story-0/", f"look {word}")
        server.until_served("/outer/story-0/", f"card {word}")


@pytest.mark.usefixtures("unmeasured")
def test_the_last_of_many_saves_is_served(catalog: Catalog, site: Path) -> None:
    """STORYTIME_SAVES and STORYTIME_SEED set their number and the seed of their times."""
    saves = int(os.environ.get("STORYTIME_SAVES", "40"))
    chance = random.Random(int(os.environ.get("STORYTIME_SEED", "7")))
    catalog.write({**SMALL, "forms/words.py": "WORD = 0"})
    subject = gives(
        SUBJECT, "from kit.forms.words import WORD", "def button(): return f'says {WORD:03}'"
    )
    catalog.write({"forms/button/stories.py": subject})
    file = catalog.folder / "forms/words.py"
    with serving(catalog.base, "kit", site, RING) as server:
        server.until_served(PAGE, "says 000")
        for number in range(1, saves + 1):
            time.sleep(chance.uniform(0, 0.3))
            (replace if chance.random() < 0.5 else Path.write_text)(file, f"WORD = {number}")
        taken = server.until_served(PAGE, f"says {saves:03}")
        logger.warning("the last of %d saves was served after %.3f s", saves, taken)
        builds = server.count("built kit")
        time.sleep(0.3)
        assert f"says {saves:03}" in server.get(PAGE)[1]
        assert server.count("built kit") <= builds + 2


@pytest.mark.usefixtures("unmeasured")
def test_a_save_during_a_build_is_not_lost(catalog: Catalog, site: Path, tmp_path: Path) -> None:
    words = ("from kit.words import WORD", "def button(): return f'says {WORD}'")
    slow = gives(SUBJECT, words[0], waiting(tmp_path), words[1])
    catalog.write({**SMALL, "words.py": "WORD = 'one'", "forms/button/stories.py": slow})
    with serving(catalog.base, "kit", site, RING) as server:
        wait_until((tmp_path / "begun").exists, "the build began")
        catalog.write({"words.py": "WORD = 'two'"})
        time.sleep(0.1)  # long enough for the watcher to tell of it while the build still runs
        (tmp_path / "go").touch()
        server.until_served(PAGE, "says two")


@pytest.mark.usefixtures("unmeasured")
def test_a_package_renamed_away_and_back_is_served_again(catalog: Catalog, site: Path) -> None:
    catalog.write(SMALL)
    away = catalog.base / "elsewhere"
    with serving(catalog.base, "kit", site, RING) as server:
        server.until_served(PAGE, "OK")
        for round_ in range(3):
            catalog.folder.rename(away)
            wait_until(lambda: server.count("no package 'kit'") > round_, "it was missing")  # noqa: B023
            assert "OK" in server.get(PAGE)[1]  # the last good catalog
            away.rename(catalog.folder)
            catalog.write({"forms/button/stories.py": gives(SUBJECT, SAYS.format(round_))})
            server.until_served(PAGE, f"says {round_}")
            catalog.write({"forms/button/stories.py": gives(SUBJECT, "def button(): return 'OK'")})
            server.until_served(PAGE, "OK")


# Failures.


def test_a_failed_first_build_is_shown_and_fixed_by_the_next_save(
    catalog: Catalog, site: Path
) -> None:
    catalog.write({**SMALL, "stories.py": "1 / 0"})
    with serving(catalog.base, "kit", site, RING) as server, server.browser() as browser:
        server.until_said("ERROR nothing could be built: .*ZeroDivisionError: division by zero")
        status, page = server.get("/")
        assert status == 404
        assert "ZeroDivisionError: division by zero" in page
        assert server.get("/storytime.css")[0] == server.get("/storytime.js")[0] == 200
        catalog.write({"stories.py": SMALL["stories.py"]})
        assert message_of(browser, "reload")["pages"]
        assert "OK" in server.get(PAGE)[1]
        assert server.count("ERROR") == 1


def test_a_first_build_that_fails_outside_the_package_can_be_fixed_there(
    catalog: Catalog, site: Path
) -> None:
    catalog.write({**SMALL, "stories.py": gives("Site()", "import sibling.cards.theme")})
    theme = write(catalog.base, {"sibling/cards/theme.py": "1 / 0"}) / "sibling/cards/theme.py"
    with serving(catalog.base, "kit", site, RING) as server:
        server.until_said("ERROR nothing could be built: .*ZeroDivisionError")
        theme.write_text("")
        server.until_served(PAGE, "OK")


HOSTILE = {
    "raise ValueError('no such colour')": "ValueError: no such colour",
    "raise ValueError('bad \\ud800 text')": r"ValueError: bad \ud800 text",
    "raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})": (
        "Mute: &lt;exception str() failed&gt;"
    ),
    "raise MemoryError": "MemoryError",
    "import threading; raise type('Fence', (Exception,), {})(threading.Lock())": (
        "Fence: &lt;unlocked _thread.lock object&gt;"
    ),
    "raise SystemExit('enough')": "SystemExit: enough",
    "f = lambda: f(); f()": "RecursionError: maximum recursion depth exceeded",
    "return 5": "returned int, expected a Template, a str of HTML, an object with __html__ or",
}
"""What stories do, and the messages that their pages show."""


@pytest.mark.usefixtures("unmeasured")
def test_whatever_a_story_raises_is_shown_logged_and_can_be_fixed(
    catalog: Catalog, site: Path
) -> None:
    def story(number: int, statement: str) -> dict[str, str]:
        component = f"def button():\n    {statement}"
        return {f"story_{number}/stories.py": gives(SUBJECT, component)}

    catalog.write(SMALL)
    with serving(catalog.base, "kit", site, RING) as server:
        server.until_served(PAGE, "OK")
        for number, statement in enumerate(HOSTILE):
            catalog.write(story(number, statement))
        for number, shown in enumerate(HOSTILE.values()):
            server.until_served(f"/story_{number}/story-0/", shown)
        assert "OK" in server.get(PAGE)[1]
        server.until_said(f"built kit: .*{len(HOSTILE)} failed")  # the errors come before it
        errors = server.count("ERROR")
        (catalog.folder / "stories.py").touch()
        wait_until(lambda: server.count("ERROR") == errors + len(HOSTILE), "one line for each")
        for number in range(len(HOSTILE)):
            catalog.write(story(number, f"return 'says {number}'"))
        for number in range(len(HOSTILE)):
            server.until_served(f"/story_{number}/story-0/", f"says {number}")
        catalog.write({"forms/button/stories.py": "def ("})
        server.until_served("/forms/button/", "SyntaxError")
        catalog.write({"forms/button/stories.py": gives(SUBJECT, SAYS.format("well"))})
        server.until_served(PAGE, "says well")
        assert all(LOG_LINE.fullmatch(line) for line in server.lines), server.lines


def test_a_keyboard_interrupt_in_a_story_does_not_stop_the_server(
    catalog: Catalog, site: Path
) -> None:
    broken = gives(SUBJECT, "def button(): raise KeyboardInterrupt")
    catalog.write({**SMALL, "forms/button/stories.py": broken})
    with serving(catalog.base, "kit", site, DIRECT) as server:
        server.until_said("ERROR .*KeyboardInterrupt")
        assert "KeyboardInterrupt" in server.get("/")[1]
        catalog.remove("forms/button/stories.py")
        server.until_served("/", "Kit")
        server.end()
    assert server.process.returncode == 0


# While a build runs.


@pytest.mark.usefixtures("unmeasured")
def test_requests_take_under_50_ms_during_a_two_second_build(catalog: Catalog, site: Path) -> None:
    go = catalog.base / "go"
    catalog.write({**SMALL, "forms/button/stories.py": gives(SUBJECT, SAYS.format("first"))})
    with serving(catalog.base, "kit", site, RING) as server:
        server.until_served(PAGE, "says first")

        def worst(attempt: int) -> float:
            begun = catalog.base / f"begun-{attempt}"
            busy = gives(
                SUBJECT,
                "import pathlib, time",
                f"begun, go = pathlib.Path({str(begun)!r}), pathlib.Path({str(go)!r})",
                "def button():",
                "    begun.touch()",
                "    end = time.monotonic() + 2",
                "    while time.monotonic() < end or not go.exists(): pass",
                f"    return 'says {attempt}'",
            )
            go.unlink(missing_ok=True)
            catalog.write({"forms/button/stories.py": busy})
            wait_until(begun.exists, "the build began")
            with closing(HTTPConnection("127.0.0.1", server.port, timeout=LONG)) as connection:
                taken = [request(connection) for _ in range(100)]
            go.touch()
            server.until_served(PAGE, f"says {attempt}")
            return max(taken)

        logger.warning("the worst of 100 requests took %.1f ms", within(0.05, worst) * 1000)


def request(connection: HTTPConnection) -> float:
    """Return the seconds until the page has been read."""
    start = time.monotonic()
    connection.request("GET", PAGE)
    response = connection.getresponse()
    response.read()
    assert response.status == 200
    return time.monotonic() - start


@pytest.mark.usefixtures("unmeasured")
def test_an_idle_server_builds_nothing(catalog: Catalog, site: Path) -> None:
    catalog.write({**SMALL, "stories.py": gives("Site()", "import sibling")})
    write(catalog.base, {"sibling/__init__.py": ""})
    output = catalog.folder / "site"  # inside the package
    with serving(catalog.base, "kit", output, RING) as server:
        server.until_served(PAGE, "OK")
        server.until_said("built kit")
        time.sleep(0.7)
        assert server.count("built kit") == 1, server.lines
        quiet = {
            "kit/.stories.py.swp": "",
            "kit/stories.py~": "",
            "kit/4913": "",
            "kit/#stories.py#": "",
            "kit/forms/.#stories.py": "",
            "kit/forms/flycheck_stories.py": "",
            "kit/forms/stories.py.tmp.4711.1700000000": "",
            "kit/__pycache__/stories.cpython-314.pyc": "",
            "kit/node_modules/button/index.js": "",
            "kit/.git/index": "",
            "kit/site/mine.txt": "",
            "sibling/.#__init__.py": "",
            "sibling/notes.txt": "",
            "notes.txt": "",
        }
        write(catalog.base, quiet)
        time.sleep(0.3)
        for path in quiet:
            (catalog.base / path).unlink()
        time.sleep(0.3)
        assert server.count("built kit") == 1, server.lines
        catalog.write({"forms/button/stories.py": gives(SUBJECT, SAYS.format("more"))})
        server.until_served(PAGE, "says more")
        wait_until(lambda: server.count("built kit") > 1, "the build was logged")
        time.sleep(0.3)
        assert server.count("built kit") == 2, server.lines


# The two modes.


def test_a_direct_server_warns_about_edits_and_builds_new_files(
    catalog: Catalog, site: Path
) -> None:
    catalog.write(SMALL)
    with serving(catalog.base, "kit", site) as server:
        assert server.said("WARNING .*edits .* need --subinterpreters")
        server.until_served(PAGE, "OK")
        catalog.write({"icons/stories.py": gives("Subject(title='Icons')")})
        server.until_served("/icons/", "Icons")


def test_the_default_output_folder_is_temporary_and_removed(
    catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    (tmp_path / "temporary").mkdir()
    with serving(catalog.base, "kit", RING, TMPDIR=str(tmp_path / "temporary")) as server:
        server.until_served(PAGE, "OK")
        assert not server.said("subinterpreters")
        (folder,) = (tmp_path / "temporary").iterdir()
        assert (folder / "index.html").exists()
        server.end()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_the_temporary_folder_of_a_killed_server_is_removed_by_the_next(
    catalog: Catalog, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    temporary = tmp_path / "temporary"
    write(temporary, {"storytime-4194305-own/notes.txt": b"mine", "storytime-x/notes.txt": b"mine"})
    (temporary / "storytime-4194305-link").symlink_to(catalog.folder)
    others = set(temporary.iterdir())
    with serving(catalog.base, "kit", DIRECT, TMPDIR=str(temporary)) as alive:
        alive.until_served(PAGE, "OK")
        (kept,) = {*temporary.iterdir()} - others
        with serving(catalog.base, "kit", DIRECT, TMPDIR=str(temporary)) as killed:
            killed.until_served(PAGE, "OK")
            (left,) = {*temporary.iterdir()} - others - {kept}
            killed.process.kill()
            killed.process.wait()
        assert (left / "index.html").exists()
        with serving(catalog.base, "kit", DIRECT, TMPDIR=str(temporary)) as server:
            server.until_served(PAGE, "OK")
            assert not left.exists()
            assert (kept / "index.html").exists()
            server.end()
    assert others <= {*temporary.iterdir()}


# The end.


def stalled(server: Server, kind: str) -> socket.socket:
    """Open a connection on which the client never does anything again."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    request = {
        "websocket": HANDSHAKE,
        "keep-alive": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "half a request": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        "unread": b"GET /big/story-0/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    }
    connection.sendall(request[kind])
    if kind != "half a request":
        assert connection.recv(100)
    return connection


def assert_ended_well(server: Server) -> None:
    assert server.process.returncode == 0, server.lines
    assert all(LOG_LINE.fullmatch(line) for line in server.lines), server.lines
    assert not server.said("ERROR"), server.lines


@pytest.mark.parametrize(
    ("mode", "number"), [(DIRECT, signal.SIGTERM), *((RING, number) for number in END_SIGNALS)]
)
@pytest.mark.usefixtures("unmeasured")
def test_a_signal_ends_the_server_within_a_second_with_browsers_connected(
    catalog: Catalog, site: Path, mode: str, number: int
) -> None:
    def end(_: int) -> float:
        with ExitStack() as stack:
            server = stack.enter_context(serving(catalog.base, "kit", site, mode))
            server.until_served(PAGE, "OK")
            browser = stack.enter_context(server.browser())
            for kind in ("websocket", "keep-alive", "half a request", "unread"):
                stack.enter_context(stalled(server, kind))
            taken = server.end(number)
            with pytest.raises(ConnectionClosed):
                browser.recv(LONG)
        assert_ended_well(server)
        return taken

    big = gives("Subject(target=lambda: 'x' * 8_000_000, items=[Story()])")
    catalog.write({**SMALL, "big/stories.py": big})
    logger.warning("it took %.3f s", within(1, end))


def never_ending(tmp_path: Path, how: str) -> str:
    begun = tmp_path / "begun"
    return gives(
        SUBJECT,
        "import pathlib, threading, time",
        "def spin():",
        "    while True: pass",
        "def button():",
        f"    pathlib.Path({str(begun)!r}).touch()",
        f"    {how}",
        "    return 'says something'",
    )


NEVER_ENDING = {
    "a build that spins": "spin()",
    "a build that sleeps": "time.sleep(1000)",
    "a thread that a build left": "threading.Thread(target=time.sleep, args=[1000]).start()",
    "a spinning thread that a build left": "threading.Thread(target=spin).start()",
}


@pytest.mark.parametrize(
    ("mode", "how"),
    [*((RING, how) for how in NEVER_ENDING), *((DIRECT, how) for how in [*NEVER_ENDING][::2])],
)
@pytest.mark.usefixtures("unmeasured")
def test_a_signal_ends_the_server_within_a_second_during_a_build(
    catalog: Catalog, tmp_path: Path, mode: str, how: str
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def end(_: int) -> float:
        (tmp_path / "begun").unlink(missing_ok=True)
        with ExitStack() as stack:
            server = stack.enter_context(serving(catalog.base, "kit", mode, TMPDIR=str(temporary)))
            stack.enter_context(server.browser())
            stack.enter_context(stalled(server, "websocket"))
            waiting = threading.Thread(target=lambda: gets(server))
            waiting.start()
            wait_until((tmp_path / "begun").exists, "the build began")
            if "thread" in how:
                server.until_said("built kit")
            taken = server.end()
            waiting.join()
        assert_ended_well(server)
        assert list(temporary.iterdir()) == []
        return taken

    catalog.write({**SMALL, "forms/button/stories.py": never_ending(tmp_path, NEVER_ENDING[how])})
    logger.warning("it took %.3f s", within(1, end))


def gets(server: Server) -> None:
    """Request a page that waits for the first build; ignore the answer."""
    with suppress(OSError, HTTPException):
        server.get("/")


def test_a_second_signal_changes_nothing(catalog: Catalog, site: Path, tmp_path: Path) -> None:
    catalog.write({**SMALL, "forms/button/stories.py": never_ending(tmp_path, "time.sleep(1000)")})
    with serving(catalog.base, "kit", site, RING) as server:
        wait_until((tmp_path / "begun").exists, "the build began")
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            server.process.send_signal(number)
            time.sleep(0.05)
        server.process.wait(LONG)
    assert_ended_well(server)


def test_a_signal_before_the_server_serves_ends_it_too(catalog: Catalog, site: Path) -> None:
    catalog.write(SMALL)
    with starting(catalog.base, "kit", site, "--port", "0") as server:
        server.until_said("edits .* need --subinterpreters")
        server.end(signal.SIGTERM)
    assert_ended_well(server)


SIGNAL_IN_CALLBACK = """
import signal, sys, weakref

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "storytime.server._uvicorn":
            self.gone = weakref.ref(Finder(), lambda _: signal.raise_signal(signal.SIGTERM))

sys.meta_path.insert(0, Finder())
"""


def test_a_signal_in_a_callback_of_an_import_ends_the_server(
    catalog: Catalog, site: Path, tmp_path: Path
) -> None:
    catalog.write(SMALL)
    (tmp_path / "sitecustomize.py").write_text(SIGNAL_IN_CALLBACK)
    path = f"{tmp_path}:{ROOT / 'src'}"
    with starting(catalog.base, "kit", site, "--port", "0", PYTHONPATH=path) as server:
        assert server.process.wait(LONG) == 0


@pytest.mark.parametrize("isolation", ["auto", "process"])
def test_a_closed_terminal_ends_the_server_and_leaves_no_folder(
    catalog: Catalog, tmp_path: Path, isolation: str
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    catalog.write(SMALL)
    options = ["kit", "--isolation", isolation]
    with serving(catalog.base, *options, TMPDIR=str(temporary)) as server:
        server.until_served(PAGE, "OK")
        server.end(signal.SIGHUP)
    assert_ended_well(server)
    assert list(temporary.iterdir()) == []


def test_under_nohup_the_server_outlives_its_terminal(catalog: Catalog, site: Path) -> None:
    catalog.write(SMALL)
    with serving(catalog.base, "kit", site, RING, within=["nohup"]) as server:
        server.process.send_signal(signal.SIGHUP)
        server.until_served(PAGE, "OK")
        server.end(signal.SIGTERM)
    assert server.process.returncode == 0


def test_a_terminal_browser_does_not_keep_the_server_running(
    catalog: Catalog, site: Path, tmp_path: Path
) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    script = f"#!/bin/sh\necho $$ $1 >{opened}.new\nmv {opened}.new {opened}\nexec sleep 1000 2>&-"
    browser.write_text(script)
    browser.chmod(0o755)
    catalog.write(SMALL)
    with serving(catalog.base, "kit", site, RING, "--open", BROWSER=str(browser)) as server:
        wait_until(opened.exists, "the browser was opened")
        process, address = opened.read_text().split()
        assert address == f"http://127.0.0.1:{server.port}/"
        server.end()
        os.kill(int(process), signal.SIGKILL)
    assert_ended_well(server)


# Calls that can't work.


def test_a_taken_port_is_a_one_line_error_that_leaves_no_folder(
    catalog: Catalog, site: Path
) -> None:
    catalog.write(SMALL)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run_storytime("serve", "kit", site, "--port", str(port), cwd=catalog.base)
    assert ended.returncode == 1
    assert ended.stderr == (
        f"Error: port {port} on 127.0.0.1 is taken; choose another with --port (0: a free one)\n"
    )
    assert not site.exists()


@pytest.mark.parametrize(
    ("package", "output", "code", "line"),
    [
        ("no_such", "site", 2, "Error: no package 'no_such': .*"),
        ("kit", "/sys/site", 1, "Error: can't make the folder /sys/site: .*"),
        ("kit", "kit", 1, "Error: .*kit holds files that Storytime did not write; .*"),
    ],
)
def test_what_can_not_be_served_is_a_one_line_error(
    catalog: Catalog, package: str, output: str, code: int, line: str
) -> None:
    catalog.write(SMALL)
    before = contents(catalog.base)
    ended = run_storytime("serve", package, output, "--port", "0", cwd=catalog.base)
    assert ended.returncode == code, ended
    assert re.fullmatch(line, ended.stderr.rstrip("\n"))
    assert contents(catalog.base) == before


def test_a_foreign_listening_address_is_a_one_line_error(catalog: Catalog, site: Path) -> None:
    catalog.write(SMALL)
    ended = run_storytime("serve", "kit", site, "--host", "192.0.2.1", cwd=catalog.base)
    assert ended.returncode == 1
    assert re.fullmatch("Error: can't listen on 192.0.2.1, port 8080: .*\n", ended.stderr)


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("path", ["/ui/kit", "ui/kit/"])
def test_root_path_is_where_the_catalog_is_served_as_well(catalog: Catalog, path: str) -> None:
    catalog.write(SMALL)
    with serving(catalog.base, "kit", "--no-subinterpreters", "--root-path", path) as server:
        server.until_served("/ui/kit/forms/button/story-0/", "OK")
        assert "OK" in server.get("/forms/button/story-0/")[1]
        connection = HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/ui/kit")
        response = connection.getresponse()
        connection.close()
        assert (response.status, response.headers["Location"]) == (307, "kit/")
