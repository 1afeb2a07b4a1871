"""Forms have the HTML that tdom makes of their templates."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from tdom import html

from storytime import views
from storytime.catalog.model import Section, Site, seat_children
from storytime.views.fragments import SLOT, Form
from storytime.views.navigation import breadcrumbs

NASTY = """<i title="x">&amp; 'y'</i>"""


def forms() -> dict[str, Form]:
    """Return the forms that modules and classes of the views have, by name."""
    names = [f"{views.__name__}.{each.name}" for each in iter_modules(views.__path__)]
    modules: list[Any] = [import_module(name) for name in names]
    classes = {each for owner in modules for each in vars(owner).values() if type(each) is type}
    return {
        f"{owner.__name__}.{name}": value
        for owner in [*modules, *classes]
        for name, value in vars(owner).items()
        if isinstance(value, Form)
    }


def with_slots(form: Form) -> str:
    return form.filled(*[SLOT] * html(form.template).count(SLOT))


def test_forms_are_written_as_tdom_writes_html() -> None:
    found = forms()
    assert {"Panels._all", "Workshop._page"} <= found.keys()
    for name, form in found.items():
        assert with_slots(form) == html(form.template), name


def test_values_in_a_form_are_escaped_as_by_tdom() -> None:
    section = Section(NASTY)
    site = Site(NASTY, items={"section": section})
    seat_children(site)
    form = Form(breadcrumbs([site, section], "../"))
    assert with_slots(form) == html(form.template)
    assert NASTY not in with_slots(form)
