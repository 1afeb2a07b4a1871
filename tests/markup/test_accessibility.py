"""Each accessibility rule reports its breaches, and nothing in correct markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storytime.catalog.model import Story, walk
from storytime.catalog.tree_reader import make_site
from storytime.markup.accessibility import RULES, Finding, check_markup
from storytime.markup.contrast import contrast_of, ratio
from storytime.markup.parser import parse_markup
from storytime.render.component import render_story

from ..html_pieces import html_texts

BREACHES = [
    ("image-alt", '<img src="a.png">'),
    ("image-alt", '<img src="a.png" alt-text="A">'),
    ("image-alt", '<area href="a">'),
    ("image-alt", '<input type="image" src="a.png">'),
    ("image-alt", '<svg role="img"><path d="M0 0"/></svg>'),
    ("image-alt", '<div role="img" alt="A"></div>'),
    ("label", "<input>"),
    ("label", '<input type="text" placeholder="Name">'),
    ("label", "<select><option>A</option></select>"),
    ("label", "<textarea>text</textarea>"),
    ("label", '<label for="b">A</label><input id="a"><p id="b">'),
    ("label", "<label><input></label>"),
    ("label", "<label><select><option>A</option></select></label>"),
    ("label", '<input aria-label=" ">'),
    ("label", '<p id="a"></p><input aria-labelledby="a">'),
    ("label", '<div role="textbox">text</div>'),
    ("label", '<div role="checkbox"></div>'),
    ("button-name", "<button></button>"),
    ("button-name", "<button> <svg><path/></svg></button>"),
    ("button-name", '<button><span aria-hidden="true">×</span></button>'),
    ("button-name", '<button><img src="a" alt=""></button>'),
    ("button-name", '<input type="button">'),
    ("button-name", '<div role="button"></div>'),
    ("button-name", "<details><summary></summary></details>"),
    ("link-name", '<a href="#"></a>'),
    ("link-name", '<a href="#"><i class="icon"></i></a>'),
    ("link-name", '<span role="link"></span>'),
    ("heading-order", "<h1>A</h1><h3>B</h3>"),
    ("heading-order", '<h2>A</h2><div role="heading" aria-level="4">B</div>'),
    ("heading-order", "<h1>A</h1><h2>B</h2><h1>C</h1><h3>D</h3>"),
    ("duplicate-id", '<p id="a"></p><p ID="a"></p>'),
    ("html-has-lang", "<html><head><title>A</title></head></html>"),
    ("html-has-lang", '<html lang=" "><title>A</title></html>'),
    ("document-title", '<html lang="en"><head></head></html>'),
    ("document-title", '<html lang="en"><title> </title><svg><title>A</title></svg></html>'),
    ("aria-reference", '<p aria-describedby="a b"></p><p id="a"></p>'),
    ("aria-reference", '<label for="a">A</label>'),
    ("aria-reference", '<button aria-controls="a">A</button>'),
    ("aria-attribute", '<p aria-labeledby="a"></p>'),
    ("aria-role", '<p role="buton"></p>'),
    ("tabindex", '<p tabindex="1"></p>'),
    ("tabindex", '<p tabindex=" +3 "></p>'),
    ("color-contrast", '<p style="color: #777; background: #fff">A</p>'),
    ("color-contrast", '<div style="background-color: black"><p style="COLOR: navy">A</p></div>'),
    ("color-contrast", '<p style="color: #888; background: #fff; font-size: 20px">A</p>'),
    ("color-contrast", '<p style="color: hsl(0 0% 50%) !important; background: white">A</p>'),
]

WELL = [
    '<img src="a.png" alt="">',
    '<img src="a.png" alt="A">',
    '<img src="a.png" role="presentation">',
    '<img src="a.png" aria-label="A">',
    '<img src="a.png" title="A">',
    '<div hidden><img src="a.png"><button></button></div>',
    '<div aria-hidden="true"><img src="a.png"></div>',
    '<div style="display: none"><input></div>',
    "<template><input></template>",
    '<area alt="A" href="a">',
    "<area>",
    '<svg role="img"><title>A</title><path/></svg>',
    '<svg role="img" aria-label="A"></svg>',
    "<svg><path/></svg>",
    "<label>A <input></label>",
    '<label for="a">A</label><input id="a">',
    "<label>A <select><option>B</option></select></label>",
    '<label><img src="a" alt="A"><input></label>',
    '<input aria-label="A">',
    '<p id="a">A</p><input aria-labelledby="a">',
    '<p id="a" aria-label="A"></p><input aria-labelledby="z a"><p id="z">',
    '<input title="A">',
    '<input type="hidden"><input type="submit"><input type="reset">',
    '<input type="button" value="A"><input type="image" alt="A">',
    '<div role="checkbox">A</div>',
    "<button>A</button>",
    '<button><svg><title>A</title></svg></button><button aria-label="A"></button>',
    '<label for="a">A</label><button id="a"></button>',
    '<button><img src="a" alt="A"></button>',
    "<a>A</a><a></a>",
    '<a href="#"><span aria-label="A"></span></a>',
    "<h2>A</h2><h3>B</h3><h3>C</h3><h2>D</h2><h1>E</h1><h2>F</h2>",
    '<h1>A</h1><h6 aria-level="2">B</h6>',
    '<p id="a"></p><p id="b"></p><p id></p>',
    '<html lang="en"><head><title>A</title></head></html>',
    '<p aria-describedby="a b"></p><p id="a"></p><p id="b"></p>',
    '<button aria-controls="a" aria-expanded="false">A</button>',
    '<p role="nonsense button">A</p><p role="doc-note"></p><p role></p>',
    '<p tabindex="0"></p><p tabindex="-1"></p><p tabindex="x"></p>',
    '<p style="color: #767676; background: #fff">A</p>',
    '<p style="color: #888; background: #fff; font-size: 24px">A</p>',
    '<p style="color: #888; background: #fff; font-size: 14pt; font-weight: bold">A</p>',
    '<p style="color: #888">A</p><p style="background: #888">A</p>',
    '<p style="color: #888; background: var(--b)">A</p>',
    '<p style="color: rgb(0 0 0 / 50%); background: #333">A</p>',
    '<p style="color: #888; background: url(a.png) #fff">A</p>',
    '<div style="background: linear-gradient(red, blue)"><p style="color: red">A</p></div>',
    '<p style="color: oklch(0.5 0.1 20); background: #888">A</p>',
    '<p style="color: #888; background: #fff"></p>',
    '<p style="color: #888; background: #fff"><a>A</a></p>',
    '<p style="color: #888; background: #fff"><b style="color: #000">A</b></p>',
]


@pytest.mark.parametrize(("rule", "markup"), BREACHES)
def test_broken_rule_is_the_only_finding(rule: str, markup: str) -> None:
    (finding,) = check_markup(markup)
    assert finding.rule == rule
    assert (finding.impact, finding.criterion) == RULES[rule]
    assert markup.find(finding.snippet) >= 0


@pytest.mark.parametrize("markup", WELL)
def test_correct_markup_has_no_findings(markup: str) -> None:
    assert check_markup(markup) == ()


def test_every_rule_has_a_test() -> None:
    assert {rule for rule, _ in BREACHES} == set(RULES)


def test_finding_says_what_is_wrong_and_how_to_fix_it() -> None:
    markup = (
        '<p><img src="a.png"></p><h2>A</h2><h4>B</h4><p style="color: #999; background: #fff">A'
    )
    assert check_markup(markup) == (
        Finding(
            "image-alt",
            "critical",
            'the image has no alt; say in alt="…" what it shows, or write alt="" if it only adorns',
            '<img src="a.png">',
            "WCAG 1.1.1",
        ),
        Finding(
            "heading-order",
            "moderate",
            "a heading of level 4 follows one of level 2; make it level 3, and its size a matter of"
            " CSS",
            "<h4>",
            "WCAG 1.3.1",
        ),
        Finding(
            "color-contrast",
            "serious",
            "#999 on #fff has a contrast of 2.85 : 1, expected at least 4.5 : 1; make one darker or"
            " the other lighter",
            '<p style="color: #999; background: #fff">',
            "WCAG 1.4.3",
        ),
    )


def test_finding_shortens_a_long_tag() -> None:
    (finding,) = check_markup(f'<img src="{"a" * 500}">')
    assert len(finding.snippet) == 200
    assert finding.snippet.endswith("a…")


def test_duplicate_id_is_reported_for_the_later_elements() -> None:
    found = check_markup('<b id="a"></b><i id="a"></i><u id="a"></u>')
    assert [finding.snippet for finding in found] == ['<i id="a">', '<u id="a">']
    assert "3 times" in found[0].message


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 21.0),
        ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), 1.0),
        ((1.0, 0.0, 0.0), (1.0, 1.0, 1.0), 4.0),
        ((0.0, 0.0, 1.0), (1.0, 1.0, 1.0), 8.59),
    ],
)
def test_contrast_matches_wcag(
    one: tuple[float, float, float], other: tuple[float, float, float], expected: float
) -> None:
    assert ratio(one, other) == pytest.approx(expected, abs=0.005)
    assert ratio(other, one) == ratio(one, other)


def test_contrast_uses_the_nearest_background() -> None:
    outer = '<div style="background: black; color: white">'
    inner = parse_markup(f'{outer}<p style="background: #fff"><b>A</b></p></div>').elements[-1]
    assert contrast_of(inner) is None  # the colour comes from further out, and CSS may change it
    (found,) = check_markup('<div style="background: #eee; color: #ddd"><p><b>A</b></p></div>')
    assert found.snippet == "<b>"


@given(st.text() | html_texts)
def test_any_text_can_be_checked(text: str) -> None:
    assert check_markup(text) == check_markup(parse_markup(text))


def test_deep_markup_can_be_checked() -> None:
    assert check_markup("<button><b>" * 5_000) != ()


def test_example_catalog_has_no_findings() -> None:
    site = make_site("examples.complete")
    stories = [node for node in walk(site) if isinstance(node, Story) and not node.template]
    found = {story.path: check_markup(render_story(story)) for story in stories}
    assert len(found) > 100
    assert {path: findings for path, findings in found.items() if findings} == {}
