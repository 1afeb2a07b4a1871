from storytime import Site

from .rendering import layout


def site() -> Site:
    return Site(title="Mako", themed_layout=layout)
