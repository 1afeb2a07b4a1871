"""The authoring model: names, paths, and what is inherited."""

import re
import unicodedata
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis.strategies import text

from storytime import Color, Range, Section, Site, Story, StorytimeError, Subject
from storytime.catalog.model import readable, seat, seat_children, slugify, walk

# For arguments that the type checker would refuse.
AnySection: Any = Section
AnySubject: Any = Subject
AnyStory: Any = Story


def seated(site: Site) -> Site:
    seat_children(site)
    return site


def stories_of(*stories: Story, **fields: Any) -> list[Story]:
    """Stories after they took their places in a subject with these fields."""
    subject = Subject(items=list(stories), **fields)
    seat(Site(), "button", subject)
    return subject.items


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("button", "Button"),
        ("text_fields", "Text fields"),
        ("date-picker", "Date picker"),
        ("HTML_table", "HTML table"),
        ("_private__name_", "Private name"),
        ("äpfel", "Äpfel"),
        ("", ""),
    ],
)
def test_name_reads_as_a_title(name: str, title: str) -> None:
    assert readable(name) == title


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Primary", "primary"),
        ("With an icon", "with-an-icon"),
        ("  100% – «yes»! ", "100-yes"),
        ("a/b\\c..d", "a-b-c-d"),
        ("snake_case", "snake-case"),
        ("Größe", "grösse"),
        ("按钮", "按钮"),
        ("Ｗｉｄｅ ①", "wide-1"),  # noqa: RUF001
        ("../..", ""),
        ("\ud800", ""),
        ("🙂", ""),
        ("हिन्दी", "हिन्दी"),
        ("कि, की", "कि-की"),
        ("ที่นี่", "ที่นี่"),
        ("தமிழ்", "தமிழ்"),
        ("Cafe\u0301", "café"),
        ("ΐ", "ΐ"),  # whose lower case is decomposed
        ("ශ්\u200dරී", "ශ්\u200dරී"),
        ("\u0301a \u0301b_\u0301", "a-b"),  # marks of no letter
        ("\u200da\u200d", "a"),
    ],
)
def test_slug_is_letters_and_digits_joined_by_hyphens(title: str, slug: str) -> None:
    assert slugify(title) == slug


@given(text())
def test_every_slug_is_a_name_for_a_folder(title: str) -> None:
    kinds = ("a" if char.isalnum() else unicodedata.category(char)[0] for char in slugify(title))
    joiners = r"[MC]*"  # marks of the letter before, and zero-width joiners
    assert re.fullmatch(rf"(a{joiners}(P?a{joiners})*)?", "".join(kinds))
    assert len(slugify(title * 50).encode()) < 250


@pytest.mark.parametrize("letter", ["a", "ж", "按", "𐌰"])
def test_numbered_slug_fits_into_a_file_name(letter: str) -> None:
    slug = slugify(letter * 1_000)
    assert set(slug) == {letter}
    assert 100 < len(slug.encode()) < 250


def test_long_slug_does_not_end_in_a_hyphen() -> None:
    assert slugify("a" * 159 + " end").endswith("a")


def test_story_is_named_by_its_name_or_title_or_number() -> None:
    stories = stories_of(Story(title="Loud one"), Story(), Story(title="Soft", name="My Name"))
    assert [story.name for story in stories] == ["loud-one", "story-1", "my-name"]


def test_stories_with_the_same_title_get_names_of_their_own() -> None:
    stories = stories_of(*(Story(title=title) for title in ("A", "a!", "A-2", "A", "?", "?")))
    assert [story.name for story in stories] == ["a", "a-2", "a-2-2", "a-3", "story-4", "story-5"]


def test_story_without_a_title_is_not_named_by_the_one_it_inherits() -> None:
    [story] = stories_of(Story(), title="Button")
    assert (story.name, story.title) == ("story-0", "Button")


def test_empty_title_is_not_replaced() -> None:
    [story] = stories_of(Story(title=""), title="Button")
    assert story.title == ""


def test_story_inherits_its_subject_s_title_and_target() -> None:
    own, inherited = stories_of(Story(title="Own", target=len), Story(), title="T", target=str)
    assert (own.title, own.target) == ("Own", len)
    assert (inherited.title, inherited.target) == ("T", str)


def test_every_node_knows_its_name_parent_and_path() -> None:
    story = Story(title="Primary")
    subject = Subject(items=[story])
    inner = Section(items={"button": subject})
    outer = Section(items={"forms": inner})
    site = seated(Site(items={"kit": outer}))
    assert (outer.name, outer.parent, outer.path) == ("kit", site, "kit")
    assert (inner.name, inner.parent, inner.path) == ("forms", outer, "kit/forms")
    assert (subject.name, subject.parent, subject.path) == ("button", inner, "kit/forms/button")
    assert (story.parent, story.path) == (subject, "kit/forms/button/primary")
    assert (site.parent, site.path) == (None, "")


def test_title_defaults_to_the_readable_name() -> None:
    site = seated(Site(items={"text_fields": Section(), "own": Subject(title="Mine")}))
    assert [child.title for child in site.items.values()] == ["Text fields", "Mine"]


def test_walk_yields_parents_first_in_the_catalog_s_order() -> None:
    button = Subject(items=[Story(title="One"), Story(title="Two")])
    site = seated(Site(items={"z": Section(items={"button": button}), "a": Subject()}))
    paths = [node.path for node in walk(site)]
    assert paths == ["", "z", "z/button", "z/button/one", "z/button/two", "a"]


def test_stories_may_be_a_tuple() -> None:
    site = seated(Site(items={"a": AnySubject(items=(Story(),))}))
    assert [node.path for node in walk(site)] == ["", "a", "a/story-0"]


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (AnySection(items={"x": Story()}), "here: a Section holds Section and Subject, got Story"),
        (AnySection(items={"x": Site()}), "here: a Section holds Section and Subject, got Site"),
        (AnySection(items={"x": None}), "here: a Section holds Section and Subject, got NoneType"),
        (AnySection(items=[Subject()]), "here: the items of a Section are a dict"),
        (Section(items={"a/b": Subject()}), "here: 'a/b' can't be a name"),
        (Section(items={"..": Subject()}), "here: '..' can't be a name"),
        (Section(items={"": Subject()}), "here: '' can't be a name"),
        (Section(items={"x\n": Subject()}), r"here: 'x\\n' can't be a name"),
        (AnySection(items={5: Subject()}), "here: 5 can't be a name"),
        (Section(items={"x": AnySection(items=[])}), "here/x: the items of a Section are a dict"),
        (
            AnySubject(items={"x": Subject()}),
            "here: the items of a Subject are a list .* is a Section",
        ),
        (AnySubject(items=[Subject()]), "here: a Subject holds Story only, got Subject as item 0"),
        (AnySubject(items=[Story(), "x"]), "here: a Subject holds Story only, got str as item 1"),
        (AnySubject(items=None), "here: the items of a Subject are a list of Story, got NoneType"),
        (AnySubject(title=5), "here: the title of a Subject is a str, got int"),
        (AnySection(description=b""), "here: the description of a Section is a str, got bytes"),
        (
            Subject(items=[AnyStory(title=5)]),
            "here/story-0: the title of a Story is a str, got int",
        ),
        (Subject(items=[AnyStory(name=5)]), "here/story-0: the name of a Story is a str, got int"),
        (
            Subject(items=[AnyStory(events="click")]),
            "here/story-0: the events of a Story are a list of names, got str",
        ),
        (
            Subject(items=[AnyStory(events=["click", "a b"])]),
            "here/story-0: the events of a Story are names such as \"click\", got 'a b'",
        ),
        (
            Subject(items=[AnyStory(responses=["POST /book"])]),
            "here/story-0: the responses of a Story are a dict from requests such as"
            ' "POST /book" to answers, got list',
        ),
        (
            Subject(items=[AnyStory(responses={"post /book": ""})]),
            "here/story-0: a key in the responses of a Story is a method and a path without a"
            " query, such as \"POST /book\", got 'post /book'",
        ),
        (
            AnySubject(target=readable, controls=["name"]),
            "here: the controls of a Subject are a dict from names of props, got list",
        ),
        (
            Subject(target=readable, controls={"size": str}),
            "here: controls names 'size', which is no prop of it; its props are name",
        ),
        (
            Subject(items=[Story({"a": 1}, template=str)], controls={"name": str}),
            "here: controls names 'name', which is no prop of it; its props are a",
        ),
        (Subject(target=readable, controls={"name": "str"}), "here: the control of 'name' is a ty"),
        (Subject(target=readable, controls={"name": []}), "here: the control of 'name' is a type"),
    ],
)
def test_misplaced_node_is_named_with_what_was_expected(
    node: Section | Subject, message: str
) -> None:
    with pytest.raises(StorytimeError, match=message):
        seat(Site(), "here", node)


@pytest.mark.parametrize(
    "spec", [None, str, int | None, list[int], Range(0, 1), Color, ["a", 1], Annotated[int, 1]]
)
def test_control_is_a_type_or_says_more_than_one(spec: object) -> None:
    site = seated(Site(items={"a": Subject(target=readable, controls={"name": spec})}))
    assert [node.path for node in walk(site)] == ["", "a"]


@pytest.mark.parametrize("target", [lambda **props: props, dict, None])
def test_control_of_a_target_that_takes_any_prop_has_any_name(target: Any) -> None:
    seated(Site(items={"a": Subject(items=[Story(target=target)], controls={"anything": str})}))


@pytest.mark.parametrize("name", ["हिन्दी", "ที่นี่", "தமிழ்", "ශ්\u200dරී", "a-b_1"])
def test_name_may_be_in_any_script(name: str) -> None:
    site = seated(Site(items={name: Subject()}))
    assert [node.path for node in walk(site)] == ["", name]


@pytest.mark.parametrize("name", ["\u0301", "\u200d", "a\u00a0b"])
def test_name_needs_a_letter_and_no_space(name: str) -> None:
    with pytest.raises(StorytimeError, match="can't be a name"):
        seated(Site(items={name: Subject()}))


def test_titles_that_differ_in_a_vowel_sign_stay_apart() -> None:
    stories = stories_of(Story(title="कि"), Story(title="की"))
    assert [story.name for story in stories] == ["कि", "की"]


def test_place_can_be_taken_once() -> None:
    site = seated(Site(items={"forms": Section()}))
    with pytest.raises(StorytimeError, match="forms: two nodes claim this place"):
        seat(site, "forms", Section())


def test_models_compare_and_print_without_their_parents() -> None:
    [story] = stories_of(Story({"text": "OK"}, "Primary"))
    assert story == Story({"text": "OK"}, "Primary", name="primary")
    assert "parent" not in repr(story)
