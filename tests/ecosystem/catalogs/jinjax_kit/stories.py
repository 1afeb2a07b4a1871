from storytime import Site

from .rendering import layout


def site() -> Site:
    return Site(title="JinjaX", themed_layout=layout)
