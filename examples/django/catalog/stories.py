"""The site. Storytime calls its `setup` before it imports any other `stories.py`."""

import os

import django

from storytime import Site

from .layout import layout


def setup() -> None:
    """Set Django up. Models, and what uses them, can't be imported before."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "catalog.settings"
    django.setup()


def site() -> Site:
    """Return the site."""
    return Site(title="Spine & Sons", themed_layout=layout, setup=setup)
