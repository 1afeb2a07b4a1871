"""Stylesheets in a color scheme."""

import pytest

from storytime.server.schemes import asked_scheme, in_scheme

SHEET = b"""@import 'a.css' screen; @import url(b.css?v=1);
@media (prefers-color-scheme: dark) { p { color: red } } @media (prefers-color-scheme:light) {}"""


def test_conditions_on_the_scheme_are_decided_also_in_imports() -> None:
    assert (
        in_scheme(SHEET, b"dark")
        == b"""@import 'a.css?st-scheme=dark' screen; @import url(b.css?v=1&st-scheme=dark);
@media (min-width: 0) { p { color: red } } @media (max-width: 0) {}"""
    )


@pytest.mark.parametrize("query", [b"", b"v=2", b"st-scheme=", b"st-scheme=<", b"best-scheme=dark"])
def test_other_queries_ask_for_no_scheme(query: bytes) -> None:
    assert asked_scheme(query) is None
