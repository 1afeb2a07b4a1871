from typing import Any

from fasthtml.common import (
    FT,
    H1,
    A,
    Body,
    Button,
    Div,
    Form,
    Head,
    Html,
    Input,
    Label,
    Li,
    Main,
    NotStr,
    Title,
    Titled,
    Ul,
    fast_app,
    serve,
)

app, rt = fast_app()


def card(*children: Any, heading: str, **attributes: Any) -> FT:
    return Div(H1(heading), *children, cls="card", **attributes)


def menu(entries: dict[str, str]) -> FT:
    return Ul(*(Li(A(text, href=address)) for text, address in entries.items()))


class Task:
    """A thing of the application that shows itself, as FastHTML's tutorials do."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __ft__(self) -> FT:
        return Li(self.name, id=f"task-{len(self.name)}")


def tasks(names: list[str]) -> FT:
    done = Button("Done", data_hx_post="/done", data_hx_target="#tasks", disabled=not names)
    return card(Ul(*map(Task, names), id="tasks"), done, heading="Tasks")


def new_task(name: str = "") -> FT:
    return Form(
        Label("Name", Input(name="name", value=name, required=True)),
        Button("Add"),
        data_hx_post="/tasks",
    )


def layout(story_title: str, children: str) -> Any:
    head = Head(Title(f"{story_title} & more"))
    return Html(head, Body(Main(NotStr(children))), lang="en")


@rt("/")
def get() -> Any:
    return Titled("Tasks", tasks(["<Tea>"]), new_task())


serve()
