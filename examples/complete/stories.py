"""The root of the catalog. Sections and subjects are found in the folders below."""

from storytime import Site

from .layout import themed_layout


def harbour() -> Site:
    """With `themed_layout` every story is shown in its own document, with Harbour's CSS."""
    return Site(title="Harbour", themed_layout=themed_layout)
