from storytime import Site

from .rendering import layout


def site() -> Site:
    return Site(title="Django", themed_layout=layout)
