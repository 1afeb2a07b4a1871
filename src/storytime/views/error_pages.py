"""What could not be built, as its readers see it."""

import re
from collections.abc import Sequence
from string.templatelib import Template

from tdom import html

from ..errors import BuildFailure
from ..project.files import is_project_file
from ..ring.text import printable
from .catalog_index import Catalog
from .layout import brand, document
from .links import address
from .text import counted, visible

FRAME_LINE = re.compile(r'^ *(?:\| *)*File "(?P<file>.+)", line (?P<line>\d+)')


def failure_block(failure: BuildFailure, heading: str) -> Template:
    """One failure: what it is, where it was raised, and the traceback."""
    where = t'<p class="st-where">{place(failure.file, failure.line)}</p>'
    return t"""<section class="st-failure" data-path="{visible(failure.path)}">
<h2>{visible(heading)}</h2>
<p class="st-message">{visible(failure.message)}</p>
{where if failure.file else None}
{trace(failure.traceback) if failure.traceback else None}
</section>"""


def place(file: str, line: int) -> Template:
    """A file and line, which the script makes a link that opens the editor."""
    shown = f"{file}:{line}" if line else file
    return t"""<span class="st-place" data-file="{visible(file)}" data-line="{line}">{
        visible(shown)
    }</span>"""


def trace(traceback: str) -> Template:
    """The traceback, in which the frames of the user's own files stand out."""
    lines: list[Template] = []
    own = True
    for line in visible(traceback).splitlines(keepends=True):
        if frame := FRAME_LINE.match(line):
            own = is_project_file(frame["file"])
        elif line[:1].strip():
            own = True
        lines.append(t"{line}" if own else t'<span class="st-foreign">{line}</span>')
    return t"""<pre class="st-trace" tabindex="0" role="group" aria-label="Traceback">
{lines}</pre>"""


def problems(catalog: Catalog) -> Template:
    """For the site's page: every failure in the catalog but its own, with a link to its page."""
    below = [failure for path, failure in sorted(catalog.failures.items()) if path]
    if not below:
        return t""
    entries = [
        t"<li>{_link(catalog, failure)}: {visible(failure.message)}</li>" for failure in below
    ]
    return t"""<section class="st-failure">
<h2>{counted(len(below), "part")} of this catalog could not be built</h2>
<ul>{entries}</ul>
</section>"""


def _link(catalog: Catalog, failure: BuildFailure) -> Template:
    if failure.path in catalog.entries:
        return t'<a href="{address(failure.path)}">{failure.path}</a>'
    return t"{visible(failure.path)}"


def warnings_block(warnings: Sequence[str]) -> Template:
    """What a story's page has to say of its assets: what is referred to and missing."""
    if not warnings:
        return t""
    items = [t"<li>{visible(warning)}</li>" for warning in warnings]
    return t'<ul class="st-warnings" aria-label="Warnings">{items}</ul>'


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
    return printable(
        html(document(title=visible(title), file="*", root=base, body=body, root_of=base))
    )
