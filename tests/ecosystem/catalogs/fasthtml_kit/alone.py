from collections.abc import Iterator
from typing import Any

from fasthtml.common import P, Ul, to_xml

from .main import Task, card, layout, menu, new_task, tasks


def document(title: str, content: Any) -> str:
    return to_xml(layout(title, to_xml(content, indent=False)), indent=False)


def rendered() -> Iterator[tuple[str, str]]:
    entries = {"Home": "/", "Tea & cake": "/?a=1&b=2"}
    yield "tasks/none", document("None", tasks([]))
    yield "tasks/some", document("Some", tasks(["<Tea>", "Cake & more"]))
    yield "tasks/one", document("One", Ul(Task('"Tea"')))
    yield "tasks/new", document("New", new_task('"Tea" & <cake>'))
    yield "menu/main", document("Main", menu(entries))
    yield "menu/in-a-card", document("In a card", (card(menu(entries), heading="A"), P("Two")))
