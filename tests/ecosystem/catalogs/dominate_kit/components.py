import dominate
from dominate.tags import (
    a,
    button,
    div,
    form,
    h1,
    html_tag,
    input_,
    label,
    li,
    main,
    meta,
    nav,
    p,
    ul,
)
from dominate.util import raw


def card(heading: str, *children: html_tag, kind: str = "plain") -> str:
    with div(cls="card", id=f"card-{kind}", data_kind=kind) as tag:
        h1(heading)
        tag.add(*children)
    return str(tag)


def menu(entries: dict[str, str]) -> str:
    with nav(aria_label="Main") as tag, ul():
        for text, address in entries.items():
            li(a(text, href=address))
    return str(tag)


def sign_up(name: str = "") -> str:
    with form(action="/sign-up", method="post") as tag:
        with label("Name"):
            input_(name="name", required=True, value=name)
        button("Go", type="submit")
        p("Then wait.")
    return str(tag)


def layout(story_title: str, children: str) -> str:
    document = dominate.document(title=f"{story_title} & more", lang="en")
    with document.head:
        meta(charset="utf-8")
    with document:
        main(raw(children))
    return str(document)
