"""Failures on pages: the blocks, the site's summary, and the server's own error pages."""

import re
from collections.abc import Sequence
from string.templatelib import Template

from tdom import html

from ..errors import BuildFailure, by_cause
from ..project.files import is_below, is_project_file
from ..ring.text import printable
from .catalog_index import Catalog
from .fragments import place
from .layout import brand, document
from .links import address
from .text import DESCRIBED, counted, shortened, visible

FRAME_LINE = re.compile(r'^ *(?:\| *)*File "(?P<file>.+)", line (?P<line>\d+)')


def failure_block(failure: BuildFailure, heading: str, places: Sequence[Template] = ()) -> Template:
    """Return one failure with its message, its file and line, and its traceback.

    `places` are links to the pages of all failures of the same cause.
    """
    where = t'<p class="st-where">{place(failure.file, failure.line)}</p>'
    return t"""<section class="st-failure" data-path="{visible(failure.path)}">
<h2>{visible(heading)}</h2>
<p class="st-message">{visible(failure.message)}</p>
{where if failure.file else None}
{trace(failure.traceback) if failure.traceback else None}{_folded(places)}
</section>"""


def _folded(places: Sequence[Template]) -> Template:
    """Return a list of several places, folded in."""
    if len(places) < 2:
        return t""
    entries = [t"<li>{place}</li>" for place in places]
    return t"""<details class="st-places">
<summary>{counted(len(places), "place")}</summary><ul>{entries}</ul>
</details>"""


def trace(traceback: str) -> Template:
    """Return the traceback with the frames of other than the project's files dimmed."""
    lines: list[Template] = []
    own = True
    for line in visible(traceback).splitlines(keepends=True):
        if frame := FRAME_LINE.match(line):
            own = not frame["file"].startswith("…/") and is_project_file(frame["file"])
        elif line[:1].strip():
            own = True
        lines.append(t"{line}" if own else t'<span class="st-foreign">{line}</span>')
    return t"""<pre class="st-trace" tabindex="0" role="group" aria-label="Traceback">
{lines}</pre>"""


def problems(catalog: Catalog) -> Template:
    """Return the site's list of all failures but its own, by cause, with links to their pages."""
    below = [failure for path, failure in sorted(catalog.failures.items()) if path]
    if not below:
        return t""
    entries = []
    for failure, places in by_cause(below).items():
        links = [_link(catalog, path) for path in places]
        start = t"{links[0]}: " if len(links) == 1 else t""
        entries.append(t"<li>{start}{visible(failure.message)}{_folded(links)}</li>")
    return t"""<section class="st-failure">
<h2>{counted(len(below), "part")} of this catalog could not be built</h2>
<ul>{entries}</ul>
</section>"""


def _link(catalog: Catalog, path: str) -> Template:
    if path in catalog.entries:
        return t'<a href="{address(path)}">{path}</a>'
    return t"{visible(path)}"


def warnings_block(warnings: Sequence[str]) -> Template:
    """Return the warnings of a page: static files that it refers to and that are missing."""
    if not warnings:
        return t""
    items = [t"<li>{visible(warning)}</li>" for warning in warnings]
    return t'<ul class="st-warnings" aria-label="Warnings">{items}</ul>'


def _card(failure: BuildFailure, places: Sequence[str], base: str) -> Template:
    heading = failure.path or "The site"
    if len(places) > 1:
        heading = f"{counted(len(places), 'part')} could not be built"
    links = [
        t'<a href="{base}{address(path)}">{visible(path) or "The site"}</a>' for path in places
    ]
    return failure_block(failure, heading, links)


def error_page(
    failures: Sequence[BuildFailure], *, title: str, base: str = "./", node: str = ""
) -> str:
    """Return the server's page for an address without a page, or a catalog that can't be built.

    It has one block for each cause. `base` is the prefix, relative or absolute, that leads to the
    output's root. With a `node`'s path only the causes of failures of this node and of those above
    it are shown, each by the failure that is nearest. The page reloads after every build.
    """

    def nearness(failure: BuildFailure) -> int:
        if not node:
            return 1
        is_above = not failure.path or is_below(node, [failure.path], "/")
        return 1 + len(failure.path) if is_above else 0

    causes = by_cause(sorted(failures, key=nearness, reverse=True))
    blocks = [_card(*cause, base) for cause in causes.items() if nearness(cause[0])]
    none = t"<p>As soon as a build puts a page here, it is shown.</p>"
    about = shortened(visible(failures[0].message), DESCRIBED) if failures else ""
    about = about or f"{visible(title)}: this catalog has no such page."
    return _page(title, about, t"{blocks or none}", base)


def not_running_page(base: str) -> str:
    """Return the page of a workshop that nothing has started; `base` as for `error_page`."""
    content = t"""<div class="st-text">
<p>Nothing ran its lifespan, so it doesn’t build its stories. An app has to be
told to run the lifespan of what it mounts. Do so where the app is created, and restart:</p>
<pre tabindex="0" role="group" aria-label="Example">
app = FastAPI(lifespan=storytime.lifespan(workshop))  # or Starlette(…)
app.mount("/workshop", workshop)</pre>
<ul>
<li>If the app has a lifespan of its own:
<code>storytime.lifespan(workshop, host_lifespan=own)</code></li>
<li>In a test: <code>with TestClient(app) as client:</code></li>
<li>If nothing mounts the workshop: a server that runs lifespans, as
<code>uvicorn --lifespan on</code></li>
</ul>
</div>"""
    return _page("This workshop is not running", "Nothing ran its lifespan.", content, base)


def failure_over_story(failure: BuildFailure) -> str:
    """Return the HTML of a failure as the server's page has it, which a story's page shows."""
    return printable(html(failure_block(failure, failure.path or "The site")))


def _page(title: str, about: str, content: Template, base: str) -> str:
    body = t"""<div class="st-page st-alone">
<header class="st-bar">{brand("Catalog", base)}</header>
<main class="st-main" id="st-content" tabindex="-1">
<h1>{visible(title)}</h1>
{content}
</main>
</div>"""
    page = document(
        title=visible(title), description=about, file="*", root=base, body=body, root_of=base
    )
    return printable(html(page))
