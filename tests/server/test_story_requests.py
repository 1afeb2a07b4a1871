"""Stories in other states: who may ask for them, and what is answered, by a real server."""

import http.client
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.processes import settle
from storytime.server.door import LARGEST

from ..serving_support import LONG, Server, serving, wait_until
from ..support import SMALL, Catalog, gives, stamps

COMPONENT = """
import os, pathlib, time
from typing import Literal

LOG = pathlib.Path(os.environ["ST_LOG"])

def button(text: str = "OK", size: Literal["small", "large"] = "small", count: int = 1):
    LOG.open("a").write(f"{text}\\n")
    return f"<button class='{size}'>{text * count}</button>"

def hostile(does: str = "nothing"):
    if does == "exit":
        raise SystemExit(3)
    if does == "interrupt":
        raise KeyboardInterrupt
    if does == "memory":
        raise MemoryError
    if does == "print":
        for _ in range(50):
            print("x" * 1_000_000)
    if does == "die":
        os._exit(4)
    if does == "raise":
        raise ValueError("no \\ud800 colour <b>")
    if does in ("loop", "wait"):
        LOG.with_name(f"{does} begun").touch()
        while does == "loop" or not LOG.with_name("go").exists():
            time.sleep(0.005)
        LOG.with_name(f"{does} ended").touch()
    return f"<p>{does}</p>"
"""
FILES: Mapping[str, str] = {
    **SMALL,
    "parts.py": COMPONENT,
    "forms/button/stories.py": gives(
        "Subject(target=button, items=[Story({}, 'Plain'), Story({'text': 'No'}, 'Refusal')])",
        "from kit.parts import button",
    ),
    "forms/hostile/__init__.py": "",
    "forms/hostile/stories.py": gives(
        "Subject(target=hostile, items=[Story({}, 'Plain', responses={'POST /say': say}),"
        " Story(title='Body', template=body)])",
        "from kit.parts import hostile",
        "def say(request): return hostile(request.data['does'])",
        "def body(story): return f'<p>Body {story.props}</p>'",
    ),
    "forms/broken/__init__.py": "",
    "forms/broken/stories.py": "import nothing_of_that_name\n",
}
BUTTON = "forms/button/plain"
SERVERS = {".storytime", ".storytime/lock"}
"""What the server itself changes in the output folder."""
HOSTILE = "forms/hostile/plain"


class Client:
    """Asks one server, over one connection."""

    def __init__(self, server: Server, log: Path) -> None:
        self.server, self.log = server, log
        self.key = json.loads(server.get("/ws/key")[1])

    def ask(
        self, body: bytes | str, *, method: str = "POST", path: str = "/ws/props", **headers: str
    ) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=LONG)
        given = {"Storytime-Key": self.key, "Content-Type": "application/json", **headers}
        try:
            connection.request(
                method, path, body, {name: text for name, text in given.items() if text}
            )
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def state(self, story: str, *state: tuple[str, str]) -> dict[str, Any]:
        status, answer = self.ask(json.dumps({"story": story, "state": state}))
        assert status == 200, answer
        return answer

    def rendered(self) -> list[str]:
        """Return the texts with which the button was rendered."""
        return self.log.read_text().splitlines()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving_states(tmp_path_factory.mktemp("states")) as client:
        yield client


@contextmanager
def serving_states(folder: Path, *, is_ended: bool = False) -> Iterator[Client]:
    """Yield a client of a server that must not have logged an error of its own by the end.

    It must still answer then, unless the test says that it ended it.
    """
    Catalog(folder).write(FILES)
    log = folder.parent / f"{folder.name}-log" / "log"
    log.parent.mkdir()
    options = "--subinterpreters", "--no-preload", "--editor", "vscode"
    with serving(folder, "kit", folder / "site", *options, ST_LOG=str(log)) as server:
        server.until_said("built kit")
        yield Client(server, log)
        assert is_ended or server.get()[0] == 200
        assert not server.said(r"\d ERROR (?!.*broken)|ASGI|Traceback"), server.lines


def written(client: Client) -> dict[str, tuple[int, int]]:
    """Return the stamps of what builds have written."""
    found = stamps(client.server.folder / "site")
    return {path: stamp for path, stamp in found.items() if path not in SERVERS}


def test_a_story_is_rendered_in_a_state(client: Client) -> None:
    before = written(client)
    answer = client.state(BUTTON, ("text", "Pay"), ("size", "large"))
    assert "<button class='large'>Pay</button>" in answer["document"]
    assert "<!DOCTYPE html>" in answer["document"]
    assert 'src="../../../frame.js"' in answer["document"]
    assert answer["panels"].keys() == {"html", "checks"}
    assert "Pay" in answer["panels"]["html"]
    assert [each["name"] for each in answer["controls"]] == ["text", "size", "count"]
    assert answer["state"] == [["text", "Pay"], ["size", "large"]]
    assert (answer["errors"], answer["overlay"]) == ([], None)
    assert answer["build"]
    assert written(client) == before


def test_no_state_renders_nothing_and_a_wrong_one_says_why(client: Client) -> None:
    before = client.rendered()
    assert client.state(BUTTON)["document"] is None
    wrong = client.state(BUTTON, ("count", "many"))
    assert [each["name"] for each in wrong["errors"]] == ["count"]
    assert wrong["document"] is None
    mixed = client.state(BUTTON, ("text", "Pay"), ("count", "many"))
    assert [each["name"] for each in mixed["errors"]] == ["count"]
    assert mixed["document"] is None
    assert client.rendered() == before


def test_a_story_whose_template_makes_the_page_has_no_controls(client: Client) -> None:
    answer = client.state("forms/hostile/body", ("does", "it"))
    assert [each["name"] for each in answer["errors"]] == ["does"]
    assert (answer["controls"], answer["document"]) == ([], None)


@pytest.mark.parametrize("story", ["forms/button/none", "../forms", ""])
def test_a_story_that_does_not_exist_is_not_found(client: Client, story: str) -> None:
    status, answer = client.ask(json.dumps({"story": story, "state": []}))
    assert (status, answer) == (404, {"message": "there is no such story"})


def test_a_story_that_could_not_be_imported_is_a_failure(client: Client) -> None:
    answer = client.state("forms/broken/plain", ("a", "b"))
    assert "nothing_of_that_name" in answer["overlay"]
    assert 'class="st-failure"' in answer["overlay"]
    assert str(client.server.folder) not in answer["overlay"]


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("exit", "SystemExit: 3"),
        ("interrupt", "KeyboardInterrupt"),
        ("memory", "MemoryError"),
        ("raise", "ValueError: no"),
    ],
)
def test_what_a_component_raises_lies_over_its_story(client: Client, does: str, says: str) -> None:
    answer = client.state(HOSTILE, ("does", does))
    assert says in answer["overlay"]
    assert "<b>" not in answer["overlay"]
    assert answer["document"] is None
    assert client.state(HOSTILE, ("does", "well"))["overlay"] is None


def test_what_a_component_prints_ends_up_in_the_log(client: Client) -> None:
    assert client.state(HOSTILE, ("does", "print"))["overlay"] is None


def test_a_save_goes_first_and_the_state_is_rendered_by_its_code(client: Client) -> None:
    parts = client.server.folder / "kit/parts.py"
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(client.state, HOSTILE, ("does", "wait"))
        wait_until(client.log.with_name("wait begun").exists, "the story was being rendered")
        new = "<p>{dict(wait='new').get(does, does)}"  # the same for other tests
        parts.write_text(COMPONENT.replace("<p>{does}", new).replace('"wait"', '""'))
        assert "<p>new</p>" in answer.result(LONG)["document"]
    assert not client.log.with_name("wait ended").exists()


def test_a_client_that_leaves_has_its_story_stopped(client: Client) -> None:
    body = json.dumps({"story": HOSTILE, "state": [["does", "loop"]]})
    head = [
        *("POST /ws/props HTTP/1.1", "Host: localhost", "Content-Type: application/json"),
        *(f"Storytime-Key: {client.key}", f"Content-Length: {len(body)}"),
    ]
    with socket.create_connection(("127.0.0.1", client.server.port), LONG) as connection:
        connection.sendall("\r\n".join([*head, "", body]).encode())
        wait_until(client.log.with_name("loop begun").exists, "the story was being rendered")
    assert client.state(HOSTILE, ("does", "well"))["overlay"] is None


def test_who_waits_as_the_server_ends_is_told_so(tmp_path: Path) -> None:
    states = serving_states(tmp_path / "states", is_ended=True)
    with states as client, ThreadPoolExecutor(1) as threads:
        body = json.dumps({"story": HOSTILE, "state": [["does", "loop"]]})
        answer = threads.submit(client.ask, body)
        wait_until(client.log.with_name("loop begun").exists, "the story was being rendered")
        client.server.end()
        assert answer.result(LONG) == (503, {"message": "the server is ending"})


def test_many_changes_leave_nothing_behind(tmp_path: Path) -> None:
    with serving_states(tmp_path / "states") as client:  # which no hostile story has used
        pid = client.server.process.pid

        def counts() -> tuple[int, int]:
            settle([pid])
            return len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))

        client.state(BUTTON, ("text", "first"))
        before = counts()
        for number in range(6):
            assert f">{number}<" in client.state(BUTTON, ("text", str(number)))["document"]
        wait_until(lambda: counts() == before, f"there were {before} descriptors and threads again")


def test_a_state_is_given_as_python_and_saved_as_a_story(client: Client) -> None:
    request = {"story": BUTTON, "state": [["text", "Pay"]], "title": "Paying"}
    status, answer = client.ask(json.dumps(request), path="/ws/story")
    assert status == 200, answer
    assert "Story(" in answer["code"]
    assert "content" not in answer
    status, answer = client.ask(json.dumps({**request, "save": True}), path="/ws/story")
    assert status == 200, answer
    assert answer["file"] == str(client.server.folder / "kit/forms/button/stories.py")
    assert "content" not in answer
    client.server.until_served("/forms/button/paying/", "Pay")


# The door.


SAY: Mapping[str, Any] = {
    "story": HOSTILE,
    "state": [],
    "response": "POST /say",
    "method": "POST",
    "url": "/say",
    "data": [["does", "well"]],
    "headers": {},
    "body": "",
    "document": False,
}


def test_a_request_of_a_story_is_answered(client: Client) -> None:
    status, answer = client.ask(json.dumps(SAY), path="/ws/response")
    assert (status, answer.pop("build") != "") == (200, True)
    assert answer == {
        "status": 200,
        "headers": {},
        "html": "<p>well</p>",
        "document": None,
        "message": None,
        "failure": None,
    }
    status, answer = client.ask(json.dumps({**SAY, "document": True}), path="/ws/response")
    assert "<p>well</p>" in answer["document"]
    frame = client.server.get(f"/{HOSTILE}/frame.html{answer['source']}")[1]
    script = '<script src="../../../ws/events.js"></script>'
    assert frame.replace(script, "") == answer["document"] != frame


def test_a_document_is_built_unless_a_state_is_known(client: Client) -> None:
    built = client.server.get(f"/{HOSTILE}/frame.html")[1]
    script = '<script src="../../../ws/events.js"></script>'
    for query in ("?st-state=", "?st-state=0123"):
        frame = client.server.get(f"/{HOSTILE}/frame.html{query}")[1]
        assert frame.replace(script, "") == built != frame
    assert client.server.get(f"/{HOSTILE}/index.html?st-state=")[1].count("events.js") == 0


def test_a_response_that_raises_is_told_to_the_page(client: Client) -> None:
    for does, says in (("exit", "SystemExit: 3"), ("raise", "ValueError: no")):
        asked = json.dumps({**SAY, "data": [["does", does]]})
        status, answer = client.ask(asked, path="/ws/response")
        assert (status, answer["status"]) == (200, 500)
        assert answer["message"].startswith(says)
        assert 'class="st-failure"' in answer["failure"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"data": [["does"]]},
        {"data": {}},
        {"headers": {"a": 1}},
        {"headers": []},
        {"method": 5},
        {"url": None},
        {"body": {}},
        {"document": "yes"},
        {"response": ["POST /say"]},
    ],
    ids=str,
)
def test_a_request_that_is_malformed_is_refused(client: Client, wrong: Mapping[str, Any]) -> None:
    status, answer = client.ask(json.dumps({**SAY, **wrong}), path="/ws/response")
    assert (status, [*answer]) == (400, ["message"])
    assert answer["message"].startswith(*wrong)


def test_a_page_behind_a_proxy_that_changes_the_host_is_answered(client: Client) -> None:
    body = json.dumps({"story": BUTTON, "state": []})
    for site in ("", "same-origin"):
        headers = {"Origin": "http://workshop.example", "Sec-Fetch-Site": site}
        assert client.ask(body, **headers)[0] == 200


RENDER = json.dumps({"story": BUTTON, "state": [["text", "foreign"]]})
NEVER: Mapping[str, tuple[int, Any, Mapping[str, str]]] = {
    "no key": (403, RENDER, {"Storytime-Key": ""}),
    "a wrong key": (403, RENDER, {"Storytime-Key": "x"}),
    "a key that is no ASCII": (403, RENDER, {"Storytime-Key": "\xe9"}),
    "a sandboxed frame": (403, RENDER, {"Origin": "null"}),
    "another website's page": (403, RENDER, {"Sec-Fetch-Site": "cross-site"}),
    "another port's page": (403, RENDER, {"Sec-Fetch-Site": "same-site"}),
    "another website's form": (
        403,
        RENDER,
        {"Storytime-Key": "", "Origin": "https://a.example", "Content-Type": "text/plain"},
    ),
    "another host": (403, RENDER, {"Host": "a.example"}),
    "another type": (415, RENDER, {"Content-Type": "text/plain"}),
    "no type": (415, RENDER, {"Content-Type": ""}),
    "no JSON": (400, "{", {}),
    "NaN": (400, '{"story": NaN}', {}),
    "half a character": (400, b'{"story": "\xc3', {}),
    "a lone surrogate": (400, RENDER.replace("foreign", "\\ud800"), {}),
    "nested deeply": (400, "[" * (LARGEST - 10), {}),
    "a huge number": (400, "1" * 10_000, {}),
    "a list": (400, "[]", {}),
    "no story": (400, '{"state": []}', {}),
    "no state": (400, json.dumps({"story": BUTTON}), {}),
    "a story that is a number": (400, '{"story": 1, "state": []}', {}),
    "a state of numbers": (400, json.dumps({"story": BUTTON, "state": [[1, 2]]}), {}),
    "a state of texts": (400, json.dumps({"story": BUTTON, "state": ["ab"]}), {}),
    "5 MB": (413, json.dumps({"story": "x" * 5_000_000}), {}),
}


@pytest.mark.parametrize("name", NEVER)
def test_what_does_not_come_from_a_page_of_the_server_renders_nothing(
    client: Client, name: str
) -> None:
    expected, body, headers = NEVER[name]
    if name == "another host":
        connection = http.client.HTTPConnection("127.0.0.1", client.server.port, timeout=LONG)
        connection.request("POST", "/ws/props", body, {**headers, "Storytime-Key": client.key})
        assert connection.getresponse().status == expected
        connection.close()
    else:
        status, answer = client.ask(body, **headers)
        assert (status, [*answer]) == (expected, ["message"])
        assert "\n" not in answer["message"]
        assert "Traceback" not in answer["message"]
    assert "foreign" not in client.rendered()


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_other_methods_render_nothing(client: Client, method: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.server.port, timeout=LONG)
    connection.request(method, "/ws/props", RENDER, {"Storytime-Key": client.key})
    response = connection.getresponse()
    assert response.status == 405
    assert "Access-Control-Allow-Origin" not in response.headers
    connection.close()
    assert "foreign" not in client.rendered()


def test_names_that_are_no_props_are_told(client: Client) -> None:
    names = ["__class__", "__init__.__globals__", "text.real", "nope", "", "text.0"]
    answer = client.state(BUTTON, *((name, "x" * 10_000) for name in names))
    assert {each["name"] for each in answer["errors"]} >= {"__class__", "nope"}
    assert answer["document"] is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 303),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}, 303),
        (
            {
                "Sec-Fetch-Site": "cross-site",
                "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-User": "?1",
            },
            200,
        ),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
        ({}, 200),
    ],
)
def test_only_a_persons_navigation_opens_a_state(
    client: Client, headers: dict[str, str], status: int
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.server.port, timeout=LONG)
    for path, location in (
        (f"/{BUTTON}/?text=foreign", "./"),
        (f"/{BUTTON}/index.html?text=foreign", "./index.html"),
    ):
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        assert response.status == status
        assert response.headers.get("Location") == (location if status == 303 else None)
    connection.request("GET", f"/{BUTTON}/", headers=headers)
    assert connection.getresponse().status == 200
    connection.close()


def test_pages_get_what_they_need_for_it_from_the_server(client: Client) -> None:
    with client.server.browser_greeted() as greeting:
        assert (greeting["controls"], greeting["save"]) == (True, True)
    for name, kind in (
        ("controls.js", "text/javascript"),
        ("events.js", "text/javascript"),
        ("controls.css", "text/css"),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", client.server.port, timeout=LONG)
        connection.request("GET", f"/ws/{name}", headers={"Origin": "null"})
        response = connection.getresponse()
        response.read()
        assert response.status == 200
        assert response.headers["Content-Type"].startswith(kind)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cache-Control"] == "no-cache"
        assert "Cross-Origin-Resource-Policy" not in response.headers
        tag = response.headers["ETag"]
        connection.request("GET", f"/ws/{name}", headers={"If-None-Match": tag})
        assert connection.getresponse().status == 304
        connection.close()
    assert not (client.server.folder / "site/ws").exists()


def test_processes_render_where_they_build(tmp_path: Path) -> None:
    Catalog(tmp_path).write(FILES)
    log = tmp_path / "log" / "log"
    log.parent.mkdir()
    options = "--isolation", "process", "--build-timeout", "2"
    with serving(tmp_path, "kit", tmp_path / "site", *options, ST_LOG=str(log)) as server:
        client = Client(server, log)  # which waits for the first build
        assert ">Pay<" in client.state(BUTTON, ("text", "Pay"))["document"]
        assert "with exit code 4" in client.state(HOSTILE, ("does", "die"))["overlay"]
        start = time.monotonic()
        assert "took longer than 2 s" in client.state(HOSTILE, ("does", "loop"))["overlay"]
        assert time.monotonic() - start < LONG
        assert ">On<" in client.state(BUTTON, ("text", "On"))["document"]
