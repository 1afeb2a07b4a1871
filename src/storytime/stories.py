"""The workshop's own catalog: `storytime serve storytime` shows what its pages are made of."""

from .catalog.model import Site


def workshop() -> Site:
    # Imported when it is asked for: the build may have put newer modules in the place of others.
    from .views.samples import story_layout

    return Site(title="Storytime", themed_layout=story_layout)
