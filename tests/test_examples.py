"""The examples build and show what their README claims."""

import dataclasses
import importlib
import inspect
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from string.templatelib import Template

import pytest
from justhtml import Element, JustHTML

from storytime import Section, Site, Story, Subject
from storytime.build.whole import build_site
from storytime.catalog.model import Node, readable, walk
from storytime.catalog.signatures import return_annotation
from storytime.catalog.tree_reader import make_site

from .support import contents, run_storytime, write

pytestmark = pytest.mark.usefixtures("unmeasured")

EXAMPLES = Path(__file__).parents[1] / "examples"
COMPLETE = EXAMPLES / "complete"
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "commandfor")
"""Attributes whose value is another element's id."""

type Pages = Mapping[str, JustHTML]


@pytest.fixture(scope="module", autouse=True)
def in_the_repository() -> Iterator[None]:
    """Run in the folder that contains `examples`, as its README says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(EXAMPLES.parent)
        yield


@pytest.fixture(scope="module")
def site() -> Site:
    return make_site("examples.complete")


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("complete") / "site"
    build_site("examples.complete", folder)
    return folder


@pytest.fixture(scope="module")
def documents(site: Site, output: Path) -> Pages:
    """Every story's document by its path, parsed; errors in the HTML raise."""
    return {
        story.path: JustHTML(_shown(output, story).read_text("utf-8"), strict=True, sanitize=False)
        for story in _stories(site)
    }


@pytest.fixture(scope="module")
def css(output: Path) -> str:
    """The stylesheet in a story's document."""
    document = (output / "icon" / "large" / "frame.html").read_text("utf-8")
    return document.partition("<style>")[2].partition("</style>")[0]


def _stories(site: Site) -> list[Story]:
    return [node for node in walk(site) if isinstance(node, Story)]


def _shown(output: Path, story: Story) -> Path:
    """Return a story's document: the themed layout, or the output of its `template`."""
    return output / story.path / "frame.html"


def _all(document: JustHTML, selector: str) -> list[Element]:
    return [node for node in document.query(selector) if isinstance(node, Element)]


def _attribute(element: Element, name: str) -> str:
    return element.attrs.get(name) or ""


def _offenders(
    documents: Pages, selector: str, is_fine: Callable[[JustHTML, Element], object]
) -> list[str]:
    """Return the elements that fail the check, each as the story's path and its HTML."""
    return [
        f"{path}: {element.to_html()}"
        for path, document in documents.items()
        for element in _all(document, selector)
        if not is_fine(document, element)
    ]


# The complete example: its HTML


def test_every_story_is_shown_in_the_themed_layout(site: Site, documents: Pages) -> None:
    for story in _stories(site):
        if story.template is None:
            document = documents[story.path]
            titles = [title.to_text() for title in document.query("head > title")]
            assert titles == [f"{story.title} · Harbour"]
            assert document.query("main.hb-stage > *"), story.path


def test_every_document_has_a_doctype_a_language_and_a_viewport(documents: Pages) -> None:
    for path, document in documents.items():
        assert document.to_html().lower().startswith("<!doctype html>"), path
        assert document.query("html[lang=en]"), path
        assert document.query("meta[name=viewport]"), path


def test_no_id_is_used_twice_in_a_page(documents: Pages) -> None:
    for path, document in documents.items():
        ids = Counter(_attribute(element, "id") for element in _all(document, "[id]"))
        assert [name for name, count in ids.items() if count > 1] == [], path


@pytest.mark.parametrize("attribute", REFERENCES)
def test_every_referenced_id_exists(documents: Pages, attribute: str) -> None:
    def finds(document: JustHTML, element: Element) -> bool:
        names = _attribute(element, attribute).split()
        return bool(names) and all(document.query(f"#{name}") for name in names)

    assert any(document.query(f"[{attribute}]") for document in documents.values())
    assert _offenders(documents, f"[{attribute}]", finds) == []


def test_every_image_has_a_text_or_is_hidden(documents: Pages) -> None:
    assert any(document.query("img") for document in documents.values())
    assert _offenders(documents, "img", lambda _, image: image.attrs.get("alt")) == []
    hidden_or_named = _offenders(
        _frames(documents),
        "svg",
        lambda _, icon: icon.attrs.get("aria-hidden") == "true" or _names(icon, role="img"),
    )
    assert hidden_or_named == []


def _frames(documents: Pages) -> Pages:
    """Return the documents in the themed layout; other tests cover the workshop's pages."""
    return {path: page for path, page in documents.items() if page.query("main.hb-stage")}


def _names(element: Element, *, role: str) -> bool:
    return element.attrs.get("role") == role and bool(element.attrs.get("aria-label"))


@pytest.mark.parametrize("control", ["input", "select", "textarea", "progress"])
def test_every_field_has_a_label(documents: Pages, control: str) -> None:
    def is_labelled(document: JustHTML, field: Element) -> bool:
        labels = document.query(f"label[for={field.attrs.get('id', '-')}]")
        parent = field.parent
        if isinstance(parent, Element) and parent.name == "label":
            labels.append(parent)
        return any(label.to_text().strip() for label in labels)

    assert any(document.query(control) for document in documents.values())
    assert _offenders(documents, control, is_labelled) == []


@pytest.mark.parametrize("kind", ["a", "button", "summary", "th", "legend", "dialog", "nav"])
def test_every_control_and_landmark_has_an_accessible_name(documents: Pages, kind: str) -> None:
    def has_name(document: JustHTML, element: Element) -> object:
        labelled_by = element.attrs.get("aria-labelledby")
        label = document.query_one(f"#{labelled_by}") if labelled_by else None
        if kind in {"dialog", "nav"}:
            return element.attrs.get("aria-label") or (label and label.to_text().strip())
        return element.attrs.get("aria-label") or element.to_text().strip()

    assert any(document.query(kind) for document in documents.values())
    assert _offenders(_frames(documents), kind, has_name) == []


def test_no_page_requests_another_host_or_needs_javascript(documents: Pages, css: str) -> None:
    frames = _frames(documents)
    assert not re.search(r"url\(|@import", css)
    scripts = {
        _attribute(each, "src").rpartition("/")[2]
        for page in frames.values()
        for each in _all(page, "script")
    }
    assert scripts == {"frame.js"}  # the workshop adds it
    assert [path for path, page in frames.items() if page.query("iframe, link")] == []
    assert (
        _offenders(frames, "img[src]", lambda _, it: _attribute(it, "src").startswith("data:"))
        == []
    )
    for attribute in ("href", "action"):
        targets = {
            _attribute(element, attribute)
            for page in frames.values()
            for element in _all(page, f"[{attribute}]")
        }
        assert [target for target in targets if not target.startswith("#")] == []
    handlers = [f"[{event}]" for event in ("onclick", "onchange", "onsubmit", "onload")]
    assert _offenders(frames, ", ".join(handlers), lambda *_: False) == []


# The complete example: its stylesheet


def test_every_used_token_exists_and_every_token_is_used(css: str) -> None:
    defined = set(re.findall(r"^\s*(--[\w-]+):", css, re.MULTILINE))
    used = set(re.findall(r"var\((--[\w-]+)\)", css))
    assert used - defined == {"--hue"}  # from an avatar's style attribute
    assert defined - used == set()


def test_components_use_tokens_and_no_literal_colours() -> None:
    files = set(COMPLETE.rglob("*.css")) - {COMPLETE / "theme" / "tokens.css"}
    raw = {
        file.name: found
        for file in files
        if (
            found := re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(", file.read_text("utf-8"), re.IGNORECASE)
        )
    }
    assert len(files) > 20
    assert raw == {}


def test_every_class_in_the_stylesheet_occurs_in_a_story(documents: Pages, css: str) -> None:
    seen = {
        name
        for document in documents.values()
        for element in _all(document, "[class]")
        for name in _attribute(element, "class").split()
    }
    styled = set(re.findall(r"\.(hb-[\w-]+)", css))
    assert styled - seen == set()


def _luminance(colour: str) -> float:
    """Return WCAG's relative luminance, from 0 to 1, of a colour in six digits."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted([_luminance(one), _luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


TONES = ["accent", "success", "warning", "danger"]
TEXTS = {
    *product(["ink", "muted", "accent"], ["surface", "raised", "sunken"]),
    *product(["ink", "accent"], [f"{tone}-soft" for tone in TONES]),
    *((tone, f"{tone}-soft") for tone in TONES),
    *product(["success", "danger"], ["raised"]),
    *product(["on-accent"], ["accent", "accent-strong"]),
    *product(["on-danger"], ["danger", "danger-strong"]),
}
SIGNS = {*product(["control", "accent", "danger", "buoy"], ["surface", "raised"])}
"""Edges of controls, focus rings and so on: seen but not read."""


@pytest.mark.parametrize("side", [0, 1], ids=["light", "dark"])
def test_colours_have_the_contrast_that_wcag_requires(css: str, side: int) -> None:
    values = dict(re.findall(r"--hb-color-([\w-]+): light-dark\((.+?)\);", css))
    colours = {name: pair.split(", ")[side] for name, pair in values.items()}
    least = dict.fromkeys(TEXTS, 4.5) | dict.fromkeys(SIGNS - TEXTS, 3.0)
    contrasts = {pair: _contrast(*(colours[name] for name in pair)) for pair in least}
    assert {pair: found for pair, found in contrasts.items() if found < least[pair]} == {}


# The complete example: the features that it shows


@pytest.mark.usefixtures("site")
def test_every_field_is_used_in_some_nodes_and_left_out_in_others() -> None:
    nodes = _authored_nodes()
    for kind in (Site, Section, Subject, Story):
        for field in (field for field in dataclasses.fields(kind) if field.init):
            given = {bool(getattr(node, field.name)) for node in nodes if isinstance(node, kind)}
            assert given == GIVEN.get((kind, field.name), {True, False}), (kind, field.name)


GIVEN = {
    (Site, "title"): {True},
    (Site, "items"): {False},
    (Site, "themed_layout"): {True},
    (Site, "setup"): {False},
    (Section, "description"): {True},
    (Subject, "description"): {True},
    (Subject, "items"): {True},
    (Subject, "controls"): {False},
    (Story, "events"): {False},
    (Story, "responses"): {False},
}
"""Fields that are always or never given: there is one site, and descriptions are good style.

Controls come from signatures alone; docs/controls.md and docs/events.md show the last three.
"""


def _authored_nodes() -> list[Node]:
    """Return the nodes as the authors' functions return them, without inherited values."""
    found: list[Node] = []
    for file in COMPLETE.rglob("stories.py"):
        parts = file.relative_to(EXAMPLES.parent).with_suffix("").parts
        module = importlib.import_module(".".join(parts))
        for function in vars(module).values():
            if getattr(function, "__module__", "") != module.__name__ or isinstance(function, type):
                continue
            if return_annotation(function) in (Site, Section, Subject):
                found.extend(walk(function()))
    return found


def test_titles_are_inherited_and_names_can_differ_from_them(site: Site) -> None:
    by_path = {node.path: node for node in walk(site)}
    assert by_path["content"].title == readable("content")
    assert by_path["data/description_list"].title == "Description list"
    assert by_path["actions/button/story-0"].title == by_path["actions/button"].title
    assert by_path["actions/button/danger"].title == "For what can't be undone"


def test_sections_nest_and_a_subject_is_directly_below_the_site(site: Site) -> None:
    by_path = {node.path: node for node in walk(site)}
    assert isinstance(by_path["forms"], Section)
    assert isinstance(by_path["forms/choices"], Section)
    assert isinstance(by_path["forms/choices/checkbox"], Subject)
    assert isinstance(by_path["icon"], Subject)


def test_only_one_section_is_a_namespace_package() -> None:
    folders = {file.parent for file in COMPLETE.rglob("*.py")}
    without = [folder for folder in folders if not (folder / "__init__.py").exists()]
    assert without == [COMPLETE / "forms" / "choices"]


def test_section_adds_subjects_that_have_no_folder(site: Site) -> None:
    foundations = site.items["foundations"]
    assert isinstance(foundations, Section)
    assert list(foundations.items) == ["colors", "spacing", "type"]
    assert not [path for path in (COMPLETE / "foundations").iterdir() if path.name == "colors"]


def test_components_are_functions_dataclasses_values_and_strings(site: Site) -> None:
    kinds: Counter[str] = Counter()
    for story in _stories(site):
        if story.target is None or story.template is not None:
            continue
        result = story.target(**story.props)
        if isinstance(result, str):
            kinds["str"] += 1
        elif isinstance(result, Template):
            kinds["function"] += 1
        elif hasattr(result, "__html__"):
            kinds["__html__"] += 1
        elif dataclasses.is_dataclass(result) and callable(result):
            kinds["dataclass"] += 1
    assert set(kinds) == {"str", "function", "__html__", "dataclass"}


def test_props_have_many_types(site: Site) -> None:
    types = {type(value).__name__ for story in _stories(site) for value in story.props.values()}
    assert types >= {"str", "int", "float", "bool", "list", "dict", "date", "Decimal"}
    assert types >= {"Tone", "Icon", "Template"}


def test_all_common_kinds_of_components_are_there(site: Site) -> None:
    subjects = [node for node in walk(site) if isinstance(node, Subject)]
    components = {subject.target for subject in subjects if subject.path[:11] != "foundations"}
    kinds = (
        "button icon_button button_group link text_field text_area select checkbox radio_group"
        " switch form card avatar badge tag stat table description_list empty_state pagination"
        " breadcrumbs tabs navbar sidebar alert toast dialog progress tooltip disclosure icon"
    )
    assert {subject.name for subject in subjects} >= set(kinds.split())
    assert len(components - {None}) == len(kinds.split())


def test_templates_with_and_without_an_argument_are_shown(output: Path, site: Site) -> None:
    templates = {s.path: s.template for s in _stories(site) if s.template is not None}
    takes = {path: len(inspect.signature(call).parameters) for path, call in templates.items()}
    assert takes == {"actions/button/guidelines": 1, "welcome/about-harbour": 0}
    assert "Which variant is for what." in _text(output, "actions/button/guidelines")
    assert "a small ferry line" in _text(output, "welcome/about-harbour")


def _text(output: Path, path: str) -> str:
    return (output / path / "frame.html").read_text("utf-8")


def test_every_node_component_and_file_is_documented(site: Site) -> None:
    nodes = [node for node in walk(site) if isinstance(node, Section | Subject)]
    assert [node.path for node in nodes if not node.description] == []
    targets = {story.target for story in _stories(site)} - {None}
    assert [target for target in targets if not _says_something(target)] == []
    files = [file for file in EXAMPLES.rglob("*.py") if not _docstring(file)]
    assert files == []


def _says_something(target: object) -> bool:
    """Return True if it has a docstring of its own (a dataclass gets its signature by default)."""
    return not (target.__doc__ or "(").startswith((f"{getattr(target, '__name__', '')}(", "("))


def _docstring(file: Path) -> bool:
    return file.read_text("utf-8").startswith('"""')


# The complete example: what happens when it is edited


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the catalog with another name, in its own folder."""
    folder = tmp_path / "my_design_system"
    shutil.copytree(COMPLETE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    return folder


def _built(package: Path, **env: str) -> dict[str, bytes]:
    """Build the package in a new process and return its HTML files."""
    output = package.parent / "output"
    shutil.rmtree(output, ignore_errors=True)
    result = run_storytime("build", package.name, output, cwd=package.parent, env=env)
    assert result.returncode == 0, result.stderr
    return {path: data for path, data in contents(output).items() if path.endswith(".html")}


def test_catalog_works_when_copied_under_another_name(copied: Path, output: Path) -> None:
    original = {path: data for path, data in contents(output).items() if path.endswith(".html")}
    names = {
        b"my_design_system.": b"examples.complete.",
        b"my_design_system/": b"examples/complete/",
    }
    renamed = {}
    for path, data in _built(copied).items():
        renamed[path] = data
        for name, other in names.items():
            renamed[path] = renamed[path].replace(name, other)
    assert renamed == original


def test_build_depends_on_neither_hash_seed_time_zone_nor_locale(copied: Path) -> None:
    one = _built(copied, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
    assert _built(copied, PYTHONHASHSEED="2", TZ="Asia/Tokyo", LC_ALL="C.UTF-8") == one


@pytest.mark.parametrize(
    ("file", "old", "new", "page"),
    [
        ("actions/button/stories.py", "Find sailings", "Show sailings", "actions/button/large"),
        ("actions/button/button.py", "<span>{label}", "<span>!{label}", "actions/button/large"),
        ("helpers/classes.py", '"hb"', '"zz"', "actions/button/large"),
        ("theme/tokens.css", "#0b5a70", "#0b5a71", "actions/button/large"),
        ("data/table/sailings.json", "Gannet", "Fulmar", "data/table/sailings"),
        ("layout.py", "· Harbour", "· Haven", "actions/button/large"),
    ],
)
def test_edit_of_any_file_changes_the_stories(
    copied: Path, output: Path, file: str, old: str, new: str, page: str
) -> None:
    text = (copied / file).read_text("utf-8")
    assert old in text
    write(copied, {file: text.replace(old, new).encode()})
    before = (output / page / "frame.html").read_bytes()
    assert _built(copied)[f"{page}/frame.html"] != before


def test_table_shows_the_rows_of_the_data_file(documents: Pages) -> None:
    sailings = json.loads((COMPLETE / "data" / "table" / "sailings.json").read_text("utf-8"))
    rows = documents["data/table/sailings"].query("tbody tr")
    shown = [[cell.to_text().strip() for cell in row.query("th, td")] for row in rows]
    columns = ("sails", "to", "ferry", "state", "free")
    assert shown == [[str(sailing[column]) for column in columns] for sailing in sailings]


# The minimal example, and the README


def test_minimal_example_has_one_component_and_no_layout() -> None:
    site = make_site("examples.minimal")
    assert site.themed_layout is None
    assert [node.path for node in walk(site)] == ["", "button", "button/ready", "button/disabled"]
    assert {story.target.__name__ for story in _stories(site) if story.target} == {"Button"}


def test_minimal_example_can_be_read_in_two_minutes() -> None:
    files = list((EXAMPLES / "minimal").rglob("*.py"))
    assert len(files) == 5
    assert sum(len(file.read_text("utf-8").splitlines()) for file in files) < 60


def test_minimal_example_shows_its_stories_in_plain_documents(tmp_path: Path) -> None:
    build_site("examples.minimal", tmp_path / "site")
    page = JustHTML(_text(tmp_path / "site", "button/disabled"), strict=True, sanitize=False)
    buttons = [button for button in _all(page, "button") if button.to_text() == "Save"]
    assert ["disabled" in button.attrs for button in buttons] == [True]


def test_every_path_in_the_examples_readme_exists() -> None:
    paths = re.findall(
        r"`((?:complete|minimal|django|jinja)/?[\w/.]*)`", (EXAMPLES / "README.md").read_text()
    )
    assert len(paths) > 10
    assert [path for path in paths if not (EXAMPLES / path).exists()] == []
