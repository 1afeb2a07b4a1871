from storytime import Site

from .components import layout


def site() -> Site:
    return Site(title="dominate", themed_layout=layout)
