"""The document around a story: the page that an application of ours would send."""

from string.templatelib import Template

from tdom import Markup

from .theme.stylesheet import STYLESHEET


def themed_layout(*, story_title: str, children: Markup) -> Template:
    """The whole document. `children` is the rendered story: HTML already, so it isn't escaped."""
    return t"""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{story_title} · Harbour</title>
  <style>{STYLESHEET}</style>
</head>
<body>
  <main class="hb-stage">{children}</main>
</body>
</html>
"""
