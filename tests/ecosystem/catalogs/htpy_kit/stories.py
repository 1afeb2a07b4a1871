from storytime import Site

from .components import layout


def site() -> Site:
    return Site(title="htpy", themed_layout=layout)
