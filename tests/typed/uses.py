"""What users write. mypy and pyright check it, both strictly: `nox -s types`."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from string.templatelib import Template
from typing import Annotated, Any, Literal

from starlette.applications import Starlette
from starlette.routing import Mount

import storytime
from storytime import (
    AccessibilityFinding,
    BuildFailed,
    BuildFailure,
    BuildResult,
    BuildWarning,
    BuiltPage,
    Color,
    InterpreterRing,
    Range,
    RebuildCallback,
    Section,
    Site,
    Story,
    StorytimeError,
    Subject,
    TreeNode,
    build_catalog,
    build_site,
    create_app,
    make_site,
    watch_and_rebuild,
)
from storytime.ring import InterpreterRing as Ring
from storytime.ring import JobRaised, JobStopped, RingError, check_stopped, report

# Components of each kind.


def button(text: str = "OK", *, primary: bool = False) -> Template:
    return t"<button data-primary={primary}>{text}</button>"


def plain(text: str) -> str:
    return f"<p>{text}</p>"


async def fetched(name: str) -> Template:
    await asyncio.sleep(0)
    return t"<p>{name}</p>"


def rows(count: int) -> Iterator[Template]:
    for number in range(count):
        yield t"<li>{number}</li>"


async def streamed(count: int) -> AsyncIterator[str]:
    for number in range(count):
        yield f"<li>{number}</li>"


class Card:
    def __init__(self, title: str) -> None:
        self.title = title

    def __html__(self) -> str:
        return f"<article>{self.title}</article>"

    def compact(self, text: str) -> str:
        return text

    @classmethod
    def empty(cls) -> Card:
        return cls("")

    @staticmethod
    def named(name: str) -> str:
        return name


@dataclass(frozen=True)
class Badge:
    label: str
    colour: str = "red"

    def __call__(self) -> Template:
        return t"<b>{self.label}</b>"


# Nodes, with every field.


def layout(*, story_title: str, children: object) -> Template:
    return t"<html lang='en'><title>{story_title}</title><body>{children}</body></html>"


def loose_layout(story_title: str | None, children: str, theme: str = "light") -> str:
    return f"<title>{story_title}</title>{children}{theme}"


def site() -> Site:
    return Site(
        title="Kit",
        items={"forms": section(), "cards": Subject(target=Card, items=[Story({"title": "A"})])},
        themed_layout=layout,
        setup=set_up,
    )


class Theme:
    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, story_title: str, children: Template) -> Iterator[Template]:
        yield t"<title>{story_title}</title>{children}"


async def async_layout(*, story_title: str, children: Any, **more: Any) -> str:
    return story_title


def layouts() -> list[Site]:
    return [
        Site(themed_layout=Theme("dark")),
        Site(themed_layout=Theme("dark").__call__),
        Site(themed_layout=partial(loose_layout, theme="dark")),
        Site(themed_layout=cache(loose_layout)),
        Site(themed_layout=async_layout),
        Site(themed_layout=None),
    ]


def set_up() -> None: ...


def site_with_lambda() -> Site:
    return Site(
        themed_layout=lambda story_title, children: f"{story_title}{children}", setup=lambda: None
    )


def bare_site() -> Site:
    node = Site("Kit", themed_layout=loose_layout)
    node.title = "Other"
    node.items["forms"] = section()
    node.items |= {name: Subject(name) for name in ("a", "b")}
    return node


def section() -> Section:
    subjects = {name: Subject(title=name) for name in ("a", "b")}
    return Section(
        title="Forms",
        description="What people fill in.",
        items={"button": subject(), "deeper": Section("Deeper", "More.", {}), **subjects},
    )


def subject() -> Subject:
    stories = [Story(title=text, props={"text": text}) for text in ("Yes", "No")]
    return Subject(title="Button", description="Presses.", target=button, items=stories)


def page(story: Story) -> str:
    return f"{story.title}: {story.props['text']}"


def meter(value: Annotated[float, Range(0, 1, step=0.1)], tint: Annotated[str, Color]) -> str:
    return f"<meter value={value} style='color: {tint}'></meter>"


def controls() -> list[Subject]:
    return [
        Subject(target=meter, controls={"value": Range(max=5), "tint": Color}),
        Subject(target=meter, controls={"value": Annotated[int, Range(Decimal(0), 100)]}),
        Subject(target=meter, controls={"value": int | None, "tint": ["red", "blue", None]}),
        Subject(target=meter, controls={"value": None, "tint": Literal["red", "blue"]}),
    ]


def targets() -> list[Subject]:
    return [
        Subject(target=button),
        Subject(target=plain),
        Subject(target=fetched),
        Subject(target=rows),
        Subject(target=streamed),
        Subject(target=Card),
        Subject(target=Card("A").compact),
        Subject(target=Card.empty),
        Subject(target=Card.named),
        Subject(target=Badge),
        Subject(target=Badge("New")),
        Subject(target=partial(button, primary=True)),
        Subject(target=partial(Card, "A")),
        Subject(target=lambda: "<hr>"),
        Subject(target=None),
    ]


def stories() -> list[Story]:
    return [
        Story(),
        Story({"text": "Save"}),
        Story({"text": "Save"}, "Save"),
        Story(props={"text": "Save"}, title="Save", description="Saves.", target=button, name="s"),
        Story(template=lambda: "<p>alone</p>"),
        Story(template=lambda story: f"<p>{story.title} of {story.path}</p>"),
        Story(template=lambda story: t"<p>{story.props['text']}</p>"),
        Story(template=lambda story: story.target and story.target(**story.props)),
        Story(template=page),
        Story(template=partial(layout, story_title="", children="")),
        Story(template=fetched_page),
        Story(template=template_rows),
        Story(template=PageTemplate),
        Story(template=PageTemplate.of),
    ]


async def fetched_page(story: Story) -> Template:
    await asyncio.sleep(0)
    return t"<p>{story.title}</p>"


def template_rows(story: Story) -> Iterator[str]:
    yield story.title or ""


@dataclass
class PageTemplate:
    story: Story

    def __html__(self) -> str:
        return self.story.title or ""

    @classmethod
    def of(cls, story: Story, more: int = 1) -> PageTemplate:
        return cls(story)


def inspect_nodes() -> list[str]:
    found: list[str] = []
    tree: Site = make_site("kit")
    for name, item in tree.items.items():
        found += [name, item.name, item.path, item.title or "", item.description or ""]
        if isinstance(item, Subject):
            for story in item.items:
                found += [story.path, story.name, *story.props]
                if story.parent is not None and story.parent.parent is not None:
                    found.append(story.parent.parent.name)
                if story.target is not None:
                    found.append(str(story.target(**story.props)))
        else:
            found += [*item.items]
    return found


def tree_node() -> tuple[str, str]:
    node = TreeNode("kit", Path("kit/stories.py"), ())
    return node.module, node.path


# Builds.


def build() -> int:
    result: BuildResult = build_catalog("kit", Path("public"))
    result = build_catalog(Path("kit"), "public")
    failures: list[BuildFailure] = [*result.failures]
    warnings: list[BuildWarning] = [*result.warnings, *result.missing_assets, *result.findings]
    findings: tuple[AccessibilityFinding, ...] = result.findings
    pages: tuple[BuiltPage, ...] = result.stories + result.pages
    places = [f"{each.file}:{each.line}: {each.message}" for each in failures]
    places += [f"{each.file}:{each.line}: {each.message}" for each in warnings]
    rules = {finding.rule: finding.impact for finding in findings}
    slowest = max(pages, key=lambda page: page.seconds)
    print(result, result.ok, result.is_clean, result.seconds["read"], places, rules, slowest.url)
    return result.counts["stories"] + len(result.to_json())


def build_or_explain() -> str:
    try:
        build_site("kit", Path("public"))
    except BuildFailed as error:
        return "\n".join(failure.traceback for failure in error.failures if error.written)
    except StorytimeError as error:
        return f"{error.message} {error.exit_code}"
    return ""


def add(first: int, second: int) -> int:
    return first + second


def build_in_ring() -> object:
    with InterpreterRing(timeout=30, isolation="process", on_notice=print) as ring:
        ring.build("kit", Path("public"))
        counts = ring.build_catalog("kit", "public").counts
        return ring.run(add, 1, 2), counts


def own_build(package_location: str, output_dir: Path) -> None:
    build_site(package_location, output_dir)


BUILD: RebuildCallback = own_build


async def on_built(result: object) -> None:
    print(result)


def square(number: int) -> int:
    report("progress", number)
    check_stopped()
    return number * number


def use_ring_as_library() -> int:
    with Ring(timeout=5) as ring:
        try:
            return int(ring.run(square, 3))
        except JobRaised as error:
            print(error.message, error.traceback)
        except (JobStopped, RingError) as error:
            print(error.message)
    return 0


async def build_in_async_ring() -> None:
    async with InterpreterRing() as ring:
        await ring.build_async("kit", Path("public"))
        await ring.run_async(add, 1, 2)
        await watch_and_rebuild("kit", Path("public"), ring.build_async)
        await watch_and_rebuild("kit", Path("public"), ring.build)
        await watch_and_rebuild("kit", Path("public"), build_site, on_built, build_at_start=True)
        await watch_and_rebuild("kit", Path("public"), BUILD)


# Apps.


@asynccontextmanager
async def own_lifespan(app: Starlette) -> AsyncGenerator[None]:
    yield


def app() -> Starlette:
    workshop = create_app(
        Path("public"),
        "kit",
        use_subinterpreters=True,
        isolation="auto",
        build_timeout=None,
        preload=False,
        host="0.0.0.0",
        allowed_hosts=["testserver", ".example.org"],
        editor="vscode://file/{file}:{line}",
    )
    return Starlette(
        routes=[Mount("/workshop", workshop)],
        lifespan=storytime.lifespan(workshop, host_lifespan=own_lifespan),
    )


def mounted() -> Starlette:
    workshop = create_app(Path("public"))
    return Starlette(lifespan=storytime.lifespan(workshop), routes=[Mount("/w", app=workshop)])
