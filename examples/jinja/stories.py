"""The site: what its templates expect of a request is said here, once for all stories."""

from storytime import Site

from .rendering import layout, prepare


def site() -> Site:
    """Return the site. Storytime calls `prepare` before it imports any other `stories.py`."""
    return Site(title="Crumb", themed_layout=layout, setup=prepare)
