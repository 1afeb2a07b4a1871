"""What could not be built, as its readers see it."""

from collections.abc import Sequence
from string.templatelib import Template

from tdom import html

from ..errors import BuildFailure, printable
from .catalog import Catalog
from .layout import brand, document
from .links import address
from .text import counted, visible


def failure_block(failure: BuildFailure, heading: str) -> Template:
    """One failure: what it is, where it was raised, and the traceback."""
    place = f"{failure.file}:{failure.line}" if failure.line else failure.file
    where = t'<p class="st-where">{visible(place)}</p>'
    trace = t"""<pre class="st-trace" tabindex="0" role="group" aria-label="Traceback">
{visible(failure.traceback)}</pre>"""
    return t"""<section class="st-failure">
<h2>{visible(heading)}</h2>
<p class="st-message">{visible(failure.message)}</p>
{where if place else None}
{trace if failure.traceback else None}
</section>"""


def problems(catalog: Catalog) -> Template:
    """For the site's page: every failure in the catalog but its own, with a link to its page."""
    below = [failure for path, failure in sorted(catalog.failures.items()) if path]
    if not below:
        return t""
    entries = [
        t"<li>{_place(catalog, failure)}: {visible(failure.message)}</li>" for failure in below
    ]
    return t"""<section class="st-failure">
<h2>{counted(len(below), "part")} of this catalog could not be built</h2>
<ul>{entries}</ul>
</section>"""


def _place(catalog: Catalog, failure: BuildFailure) -> Template:
    if failure.path in catalog.paths:
        return t'<a href="{address(failure.path)}">{failure.path}</a>'
    return t"{visible(failure.path)}"


def error_page(failures: Sequence[BuildFailure], *, title: str, base: str = "./") -> str:
    """A page of the server's own: there is none at this address, or nothing could be built.

    `base` is the prefix, relative or absolute, that leads to the output's root. The page's script
    reloads it at every build.
    """
    blocks = [failure_block(failure, failure.path or "The site") for failure in failures]
    none = t"<p>As soon as a build puts a page here, it is shown.</p>"
    body = t"""<div class="st-page st-alone">
<header class="st-bar">{brand("Catalog", base)}</header>
<main class="st-main" id="st-content" tabindex="-1">
<h1>{visible(title)}</h1>
{blocks or none}
</main>
</div>"""
    return printable(html(document(title=visible(title), file="*", root=base, body=body)))
