"""The place of this page."""

from collections.abc import Sequence
from string.templatelib import Template

from ...helpers.classes import class_names


def Breadcrumbs(above: Sequence[tuple[str, str]], here: str) -> Template:
    """`above` are the pages on the way down, as label and address; `here` is the page itself."""
    links = [t"<li><a href={href}>{label}</a></li>" for label, href in above]
    return t"""
        <nav class={class_names("breadcrumbs")} aria-label="You are here">
          <ol>{links}<li aria-current="page">{here}</li></ol>
        </nav>
    """
