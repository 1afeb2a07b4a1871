from storytime import Site

from .rendering import layout


def site() -> Site:
    return Site(title="Jinja2", themed_layout=layout)
