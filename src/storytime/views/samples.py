"""Data for the stories of the workshop's own components: a catalog, a failure, details."""

from string.templatelib import Template

from tdom import Markup

from ..catalog.model import Section, Site, Story, Subject, seat
from ..errors import BuildFailure
from ..markup.accessibility import Finding
from ..render.parameters import Properties, Property
from ..render.source_excerpts import SourceExcerpt
from .assets import assets
from .catalog_index import Catalog, Extras
from .panels import Details

FAILURE = BuildFailure(
    "forms/button/primary",
    "ValueError: no such variant: 'primry'",
    """Traceback (most recent call last):
  File "/kit/forms/button/button.py", line 12, in Button
    classes = class_names("button", VARIANTS[variant])
  File "/usr/lib/python3.14/site-packages/kit_helpers/names.py", line 31, in class_names
    raise ValueError(f"no such variant: {name!r}")
ValueError: no such variant: 'primry'
""",
    "/kit/forms/button/button.py",
    12,
)

DETAILS = Details(
    properties=Properties(
        name="Button",
        module="kit.forms.button",
        docstring="A button that says `label`.\n\nOne that is `busy` keeps its focus.",
        properties=(
            Property("label", "'Save'", True, "str", "", True, "What the button says.", ()),
            Property("variant", "'primary'", True, "Variant", "'secondary'", False, "", ()),
            Property("busy", "", False, "bool", "False", False, "", ("keyword only",)),
        ),
    ),
    source=SourceExcerpt(
        "kit/forms/button/stories.py", 14, 17, 'Story(\n    title="Primary",\n    props=PRIMARY,\n)'
    ),
    markup='<button class="kit-button" type="button">\n  <span>Save</span>\n</button>',
    findings=(
        Finding(
            "image-alt",
            "critical",
            "An image has no text for those who don't see it: give it an alt.",
            '<img src="static/anchor.svg">',
            "WCAG 1.1.1",
        ),
    ),
    warnings=("static/anchor.svg is not there: expected it in static/ of forms/button or above",),
)


def story_layout(*, story_title: str, children: Markup) -> Template:
    """Return a document in the workshop's style that shows what needs its script, too."""
    style = Markup(assets()["storytime.css"].decode())
    return t"""<!DOCTYPE html>
<html lang="en" data-live="">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{story_title}</title>
<style>{style}</style>
</head>
<body class="st-story"><main><h1 class="st-hidden">{story_title}</h1>{children}</main></body>
</html>
"""


def sample_catalog() -> Catalog:
    """Return a catalog with everything that a tree can show."""
    site = Site(title="Kit")
    button = Subject(
        title="Button",
        description="Starts an action.",
        items=[Story(title="Primary"), Story(title="Quiet"), Story(), Story()],
    )
    seat(site, "forms", Section(title="Forms", items={"button": button, "empty": Subject()}))
    seat(site, "icons", Subject(title="Icons", items=[Story(title="Anchor")]))
    extras = Extras({"forms/button/quiet": 2}, {"forms": [("guide", "How to use forms", "Text")]})
    return Catalog(site, {FAILURE.path: FAILURE}, extras)
