from collections.abc import Mapping

from htpy import (
    Element,
    Node,
    a,
    body,
    button,
    div,
    form,
    h1,
    head,
    html,
    input,
    label,
    li,
    main,
    meta,
    nav,
    title,
    ul,
    with_children,
)


@with_children
def card(children: Node, *, heading: str, kind: str = "plain") -> Element:
    return div(".card", id=f"card-{kind}", data_kind=kind)[h1[heading], children]


def menu(entries: Mapping[str, str], current: str = "") -> Element:
    links = (
        li(class_={"current": text == current})[a(href=address)[text]]
        for text, address in entries.items()
    )
    return nav(aria_label="Main")[ul[links]]


def sign_up(name: str = "") -> Element:
    return form(action="/sign-up", method="post")[
        card(heading="Sign up", kind="form")[
            label["Name ", input(name="name", required=True, value=name)],
            button(type="submit")["Go"],
        ]
    ]


def layout(story_title: str, children: Node) -> Element:
    return html(lang="en", class_="themed")[
        head[meta(charset="utf-8"), title[f"{story_title} & more"]], body[main[children]]
    ]
