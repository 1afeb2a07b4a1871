from storytime import Site

from .main import layout


def site() -> Site:
    return Site(title="FastHTML", themed_layout=layout)
