from storytime import Site

from .components import layout


def site() -> Site:
    return Site(title="attrs", themed_layout=layout)
