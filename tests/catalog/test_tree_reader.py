"""From `stories.py` files to the tree."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from storytime import BuildFailed, Section, Site, StorytimeError, Subject, make_site
from storytime.catalog.model import walk
from storytime.catalog.tree_reader import read_catalog
from storytime.project.package import locate

from ..support import BUTTON, SMALL, Catalog, gives, write


def paths(site: Site) -> list[str]:
    return [node.path for node in walk(site)]


def failure_of(catalog: Catalog) -> tuple[str, str, str]:
    """The path, message and file (relative to the package) of the only failure."""
    with pytest.raises(BuildFailed) as raised:
        make_site(catalog.name)
    assert not raised.value.written
    [failure] = raised.value.failures
    return failure.path, failure.message, os.path.relpath(failure.file, catalog.folder)


# The tree.


def test_folders_become_sections_and_subjects(catalog: Catalog) -> None:
    catalog.write(SMALL)
    site = make_site("kit")
    assert paths(site) == [
        "",
        "forms",
        "forms/button",
        "forms/button/story-0",
        "forms/button/refusal",
    ]
    kinds = [type(node).__name__ for node in walk(site)]
    assert kinds == ["Site", "Section", "Subject", "Story", "Story"]


def test_sections_nest_as_deep_as_the_folders(catalog: Catalog) -> None:
    parts = ["a", "b", "c", "d", "e"]
    catalog.write({"stories.py": gives("Site()"), "a/b/c/d/e/f/stories.py": gives("Subject()")})
    for depth in range(1, 6):
        catalog.write(
            {"/".join([*parts[:depth], "stories.py"]): gives(f"Section(title='{depth}')")}
        )
    site = make_site("kit")
    assert paths(site)[-1] == "a/b/c/d/e/f"
    assert [node.title for node in walk(site)] == ["Kit", "1", "2", "3", "4", "5", "F"]


def test_subject_may_stand_directly_under_the_site(catalog: Catalog) -> None:
    catalog.write(
        {
            "stories.py": gives("Site()"),
            "button/stories.py": gives("Subject(target=str, items=[Story()])"),
        }
    )
    site = make_site("kit")
    assert isinstance(site.items["button"], Subject)
    assert site.items["button"].parent is site
    assert site.items["button"].items[0].target is str


def test_folder_without_stories_above_one_with_them_is_a_section(
    catalog: Catalog,
) -> None:
    catalog.write(
        {
            "stories.py": gives("Site()"),
            "text_fields/button/stories.py": gives("Subject()"),
            "data/numbers.json": "[]",
        }
    )
    site = make_site("kit")
    assert paths(site) == ["", "text_fields", "text_fields/button"]
    assert isinstance(site.items["text_fields"], Section)
    assert site.items["text_fields"].title == "Text fields"


def test_site_s_title_defaults_to_the_package_s_name(catalog: Catalog) -> None:
    folder = Catalog(catalog.folder, "design_system")
    folder.write({"stories.py": gives("Site()")})
    assert make_site("kit.design_system").title == "Design system"


def test_folders_follow_hand_written_items_in_order_of_paths(
    catalog: Catalog,
) -> None:
    catalog.write({"stories.py": gives("Site(items={'z': Section(), 'm': Subject()})")})
    for name in ("b", "a", "y", "z/b", "z/a"):
        catalog.write({f"{name}/stories.py": gives("Subject()")})
    assert paths(make_site("kit")) == ["", "z", "z/a", "z/b", "m", "a", "b", "y"]


@pytest.mark.parametrize(
    "folder", [".hidden", "__pycache__", "node_modules", "a/.venv", "a/__pycache__/b"]
)
def test_folders_without_source_are_skipped(catalog: Catalog, folder: str) -> None:
    catalog.write({"stories.py": gives("Site()"), f"{folder}/stories.py": gives("Subject()")})
    assert paths(make_site("kit")) == [""]


def test_virtual_environments_are_skipped(catalog: Catalog) -> None:
    catalog.write(
        {"stories.py": gives("Site()"), "env/pyvenv.cfg": "", "env/stories.py": gives("Subject()")}
    )
    assert paths(make_site("kit")) == [""]


@pytest.mark.parametrize("name", ["text-fields", "two words", "größe", "2nd", "class"])
def test_folder_need_not_be_named_like_a_module(catalog: Catalog, name: str) -> None:
    catalog.write({"stories.py": gives("Site()"), f"{name}/stories.py": gives("Subject()")})
    assert paths(make_site("kit")) == ["", name]


# Packages without an `__init__`.


def test_no_folder_needs_an_init(catalog: Catalog) -> None:
    catalog.write({path: text for path, text in SMALL.items() if "__init__" not in path})
    assert len(paths(make_site("kit"))) == 5


def test_namespace_packages_portions_are_one_catalog(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.write({"stories.py": gives("Site()"), "b/stories.py": gives("Subject()")})
    other = write(tmp_path / "other", {"kit/a/stories.py": gives("Subject(title='Other')")})
    monkeypatch.syspath_prepend(other)
    assert paths(make_site("kit")) == ["", "a", "b"]


@pytest.mark.parametrize(
    ("twice", "claimed"), [("stories.py", ""), ("a/stories.py", "a")], ids=["site", "subject"]
)
def test_two_portions_that_claim_the_same_place_are_an_error(
    catalog: Catalog, tmp_path: Path, twice: str, claimed: str
) -> None:
    files = {"stories.py": gives("Site()"), "a/stories.py": gives("Subject()")}
    catalog.write(files)
    other = write(tmp_path / "other", {f"kit/{twice}": files[twice]})
    sys.path.append(str(other))
    path, message, file = failure_of(catalog)
    assert path == claimed
    assert "claim" in message
    assert file == f"../other/kit/{twice}"


# The function and its annotation.


@pytest.mark.parametrize(
    "source",
    [
        "from storytime import Site\ndef any_name() -> Site: return Site()",
        "from storytime import Site\ndef node() -> 'Site': return Site()",
        "from __future__ import annotations\nfrom storytime import Site\n"
        "def node() -> Site: return Site()",
        "import storytime as st\ndef node() -> st.Site: return st.Site()",
        "import storytime as st\ndef node() -> 'st.Site': return st.Site()",
        "import storytime\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING: from storytime import Site\n"
        "def node() -> Site: return storytime.Site()",
        "from __future__ import annotations\nimport storytime\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING: from storytime import Site\n"
        "def node() -> Site: return storytime.Site()",
        "from storytime import Site\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING: from nowhere import Theme\n"
        "def node(theme: Theme | None = None) -> Site: return Site()",
        "from storytime import Site\nclass Own(Site): pass\ndef node() -> Own: return Own()",
        "from storytime import Site\ndef node() -> Site: return type('Own', (Site,), {})()",
        "from storytime import Site\nfrom functools import cache\n"
        "@cache\ndef node() -> Site: return Site()",
        "from storytime import Site\nfrom functools import wraps\n"
        "def themed(f):\n    @wraps(f)\n    def inner(): return f('dark')\n    return inner\n"
        "@themed\ndef node(theme) -> Site: return Site()",
        "from storytime import Site\ndef node(*args, theme='dark', **more) -> Site: return Site()",
        "from storytime import Site\ndef node() -> Site: return Site()\nalias = node",
        "from storytime import Site\ndef helper() -> 'A' | None: ...\n"
        "def other() -> 1 / 0: ...\ndef third() -> 'no such thing': ...\ndef fourth() -> str: ...\n"
        "def node() -> Site: return Site()",
    ],
    ids=[
        "plain",
        "string",
        "future",
        "qualified",
        "qualified string",
        "for the type checker only",
        "for the type checker only, future",
        "a parameter's for the type checker only",
        "own kind",
        "returns own kind",
        "cached",
        "wrapped",
        "optional parameters",
        "alias",
        "beside other annotations",
    ],
)
def test_function_is_found_by_its_return_annotation(catalog: Catalog, source: str) -> None:
    catalog.write({"stories.py": source})
    assert isinstance(make_site("kit"), Site)


def test_imported_function_claims_no_place(catalog: Catalog) -> None:
    catalog.write(
        {
            "stories.py": gives("Site()", "from kit.button.stories import node as button"),
            "button/stories.py": gives("Subject()"),
        }
    )
    assert paths(make_site("kit")) == ["", "button"]


def test_objects_with_any_attribute_are_not_taken_for_functions(catalog: Catalog) -> None:
    hostile = "class Proxy:\n    def __getattribute__(self, name): raise RuntimeError(name)"
    catalog.write(
        {
            "stories.py": gives(
                "Site()", "from unittest.mock import call", hostile, "proxy = Proxy()"
            )
        }
    )
    assert paths(make_site("kit")) == [""]


ROOT = gives("Site()")


MISTAKES = {
    "not annotated": (
        {"a/stories.py": "from storytime import Subject\ndef node(): return Subject()"},
        ("a", "a/stories.py"),
        "no function is annotated -> Site, -> Section or -> Subject",
    ),
    "nothing in it": (
        {"a/stories.py": ""},
        ("a", "a/stories.py"),
        "no function is annotated",
    ),
    "two functions": (
        {"a/stories.py": gives("Subject()", "def other() -> Section: ...")},
        ("a", "a/stories.py"),
        "other() (line 2) and node() (line 3) claim the same place",
    ),
    "by hand and by folder": (
        {"stories.py": gives("Site(items={'a': Subject()})"), "a/stories.py": gives("Section()")},
        ("a", "a/stories.py"),
        "a: two nodes claim this place",
    ),
    "subject with a section's children": (
        {"a/stories.py": gives("Subject(items={'b': Subject()})")},
        ("a", "a/stories.py"),
        "the items of a Subject are a list of Story, got dict",
    ),
    "subject in a subject": (
        {"a/stories.py": gives("Subject(items=[Subject()])")},
        ("a", "a/stories.py"),
        "a Subject holds Story only, got Subject",
    ),
    "something else in a subject": (
        {"a/stories.py": gives("Subject(items=[5])")},
        ("a", "a/stories.py"),
        "a Subject holds Story only, got int as item 0",
    ),
    "folder below a subject": (
        {"a/stories.py": gives("Subject()"), "a/b/stories.py": gives("Subject()")},
        ("a", "a/b/stories.py"),
        "a/b stands below the subject a, and a subject holds only stories",
    ),
    "section with a list": (
        {"a/stories.py": gives("Section(items=[Subject()])")},
        ("a", "a/stories.py"),
        "the items of a Section are a dict from names to Section or Subject, got list",
    ),
    "site in a folder": (
        {"a/stories.py": ROOT},
        ("a", "a/stories.py"),
        "a Site belongs in the package's root",
    ),
    "subject as the root": (
        {"stories.py": gives("Subject()")},
        ("", "stories.py"),
        "the root of a catalog gives a Site, got a Subject",
    ),
    "story in the site": (
        {"stories.py": gives("Site(items={'a': Story()})")},
        ("", "stories.py"),
        "the site: a Site holds Section and Subject, got Story as 'a'",
    ),
    "parameters": (
        {"a/stories.py": "from storytime import Subject\ndef node(theme) -> Subject: ..."},
        ("a", "a/stories.py"),
        "node() is called without arguments",
    ),
    "returns nothing": (
        {"a/stories.py": "from storytime import Subject\ndef node() -> Subject: ..."},
        ("a", "a/stories.py"),
        "node() is annotated -> Subject and returned NoneType",
    ),
    "dot in a folder's name": (
        {"a.b/stories.py": gives("Subject()")},
        ("a.b", "a.b/stories.py"),
        "the folder 'a.b' can't be imported; rename it without the dot",
    ),
    "folder's name is no Unicode": (
        {os.fsdecode(b"\xff/stories.py"): gives("Subject()")},
        ("", "\\udcff/stories.py"),
        r"the name of the folder '\udcff' is no valid Unicode",
    ),
    "missing module": (
        {"a/stories.py": "from nowhere import Button"},
        ("a", "a/stories.py"),
        "ModuleNotFoundError: No module named 'nowhere'",
    ),
    "broken package": (
        {"a/__init__.py": "1 / 0", "a/stories.py": gives("Subject()")},
        ("a", "a/__init__.py"),
        "ZeroDivisionError: division by zero",
    ),
    "broken root package": (
        {"__init__.py": "1 / 0"},
        ("", "__init__.py"),
        "ZeroDivisionError: division by zero",
    ),
    "broken root": (
        {"stories.py": "from storytime import Site\ndef node() -> Site: ..."},
        ("", "stories.py"),
        "node() is annotated -> Site and returned NoneType",
    ),
    "syntax error": (
        {"stories.py": "def node(:"},
        ("", "stories.py"),
        "SyntaxError: invalid syntax",
    ),
}


@pytest.mark.parametrize(("files", "place", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_one_failure_that_names_the_file(
    catalog: Catalog, files: Mapping[str, str], place: tuple[str, str], message: str
) -> None:
    catalog.write({"stories.py": ROOT, **files})
    path, said, file = failure_of(catalog)
    assert (path, file) == place
    assert message in said
    assert "\n" not in said


@pytest.mark.parametrize("file", ["button/stories.py", "button.py"])
def test_error_without_a_site_names_the_missing_file(catalog: Catalog, file: str) -> None:
    catalog.write({file: gives("Subject()")})
    with pytest.raises(StorytimeError) as raised:
        make_site("kit")
    assert raised.value.exit_code == 1
    assert "kit has no Site" in raised.value.message
    assert str(catalog.folder / "stories.py") in raised.value.message


def test_all_failures_are_reported_at_once(catalog: Catalog) -> None:
    catalog.write({"stories.py": ROOT})
    for name in "abc":
        catalog.write({f"{name}/stories.py": f"raise ValueError('{name}')"})
    with pytest.raises(BuildFailed) as raised:
        make_site("kit")
    told = [(failure.path, failure.message) for failure in raised.value.failures]
    assert told == [(name, f"ValueError: {name}") for name in "abc"]


def test_unreadable_stories_leave_a_placeholder(catalog: Catalog) -> None:
    catalog.write(SMALL)
    catalog.write({"forms/stories.py": "1 / 0", "forms/label/stories.py": "1 / 0"})
    found = read_catalog(locate("kit"))
    assert [failure.path for failure in found.failures] == ["forms", "forms/label"]
    assert isinstance(found.site.items["forms"], Section)
    assert list(found.site.items["forms"].items) == ["button", "label"]
    assert isinstance(found.site.items["forms"].items["label"], Subject)


def test_first_node_keeps_its_place(catalog: Catalog) -> None:
    catalog.write(
        {
            "stories.py": gives("Site(items={'a': Subject(title='By hand')})"),
            "a/stories.py": gives("Subject(title='By folder')"),
        }
    )
    assert read_catalog(locate("kit")).site.items["a"].title == "By hand"


# Objects of the author's.


def test_module_level_nodes_are_not_changed(catalog: Catalog) -> None:
    made = (
        "BUTTON = Subject(target=button, items=[Story(), Story()])",
        "SECTION = Section(items={'button': BUTTON, 'again': BUTTON})",
        "SITE = Site(items={'forms': SECTION})",
    )
    catalog.write(
        {
            "stories.py": gives("SITE", BUTTON, *made, kind="Site"),
            "forms/label/stories.py": gives("Subject()"),
        }
    )
    first, second = make_site("kit"), make_site("kit")
    stories = sys.modules["kit.stories"]
    assert paths(first) == paths(second)
    assert "forms/again/story-1" in paths(first)
    assert first.items["forms"] is not second.items["forms"]
    assert list(stories.SECTION.items) == ["button", "again"]
    assert (stories.SITE.title, stories.SECTION.path, stories.BUTTON.parent) == (None, "", None)
    assert [story.name for story in stories.BUTTON.items] == ["", ""]


def test_items_may_be_any_mapping(catalog: Catalog) -> None:
    frozen = "from types import MappingProxyType as frozen"
    catalog.write({"stories.py": gives("Site(items=frozen({'a': Subject()}))", frozen)})
    assert paths(make_site("kit")) == ["", "a"]


def test_section_that_holds_itself_is_a_failure(catalog: Catalog) -> None:
    loop = "LOOP = Section()\nLOOP.items['again'] = LOOP"
    catalog.write({"stories.py": ROOT, "a/stories.py": gives("LOOP", loop, kind="Section")})
    path, message, _ = failure_of(catalog)
    assert path == "a"
    assert message.startswith("RecursionError")
