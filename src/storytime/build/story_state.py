"""Renders one story in another state than its own, as a job: plain data in and out.

It imports the story's subject alone if that is possible, and the whole catalog otherwise. It writes
nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..catalog.model import Node, Site, Story, walk
from ..catalog.tree_reader import Catalog, read_catalog
from ..errors import BuildFailed, BuildFailure, SourcesChanged
from ..project.failures import failure_from, shown_failure
from ..project.files import is_below
from ..project.fresh_imports import FreshFinder, recording
from ..project.package import Package, locate, make_importable
from ..project.usage import REST, at
from ..views import failure_over_story
from ..views.panels import Panels
from .incremental import last_catalog
from .pages import OWN_PACKAGE, forget_own_views
from .preload import check_preload
from .story_renderer import StoryRenderer


@dataclass(frozen=True)
class OpenedStory:
    """A story that was just imported, with its site; or the `failure` for which it could not be."""

    package: Package
    site: Site
    story: Story | None
    failure: BuildFailure | None = None

    def overlay(self, failure: BuildFailure) -> str:
        """Return the HTML of a failure for the story's page."""
        return failure_over_story(shown_failure(failure, str(self.package.base)))


@contextmanager
def open_story(package_location: str, output_dir: Path, path: str) -> Iterator[OpenedStory | None]:
    """Import the story at the path, and yield it; None if there is no such story.

    Within the block everything is imported and read as in a build. Raises SourcesChanged if the
    story could not be imported, but files changed meanwhile: maybe they were half written.
    """
    package = locate(package_location)
    make_importable(package)
    check_preload()
    with recording(own=package.name == OWN_PACKAGE) as finder:
        opened = _opened(package, output_dir.absolute(), path, finder)
        yield opened


def _opened(
    package: Package, output_dir: Path, path: str, finder: FreshFinder
) -> OpenedStory | None:
    last, part = last_catalog(output_dir), path.rpartition("/")[0]
    if last and package.name != OWN_PACKAGE and last.can_read(part):
        nodes = last.read(package, [part])
        if nodes is not None:
            return _found(package, last.site, nodes, path)
    if package.name == OWN_PACKAGE:
        forget_own_views()
    try:
        catalog = read_catalog(package, output_dir)
    except BuildFailed as error:
        catalog = Catalog(Site(), [*error.failures])
    for failure in catalog.failures:
        if is_below(path, [failure.path], "/") or not failure.path:
            if torn := finder.accesses.changed():
                raise SourcesChanged(torn)
            return OpenedStory(package, catalog.site, None, failure)
    return _found(package, catalog.site, walk(catalog.site), path)


def _found(package: Package, site: Site, nodes: Iterable[Node], path: str) -> OpenedStory | None:
    stories = (node for node in nodes if isinstance(node, Story) and node.path == path)
    return next((OpenedStory(package, site, story) for story in stories), None)


def render_state(
    package_location: str, output_dir: Path, path: str, state: Sequence[Sequence[str]]
) -> dict[str, Any] | None:
    """Return what there is of the answer to `/ws/props` (see docs/reload-protocol.md).

    The story isn't rendered if the state has errors. None if there is no such story. Raises
    SourcesChanged as `open_story` does.
    """
    from ..controls import apply_state  # which no build needs

    with open_story(package_location, output_dir, path) as opened:
        if opened is None:
            return None
        story = opened.story
        if story is None:
            assert opened.failure is not None
            return {"overlay": opened.overlay(opened.failure)}
        applied = apply_state(story, state)
        answer = {
            "state": applied.state,
            "controls": applied.controls,
            "errors": [{"name": each.name, "message": each.message} for each in applied.errors],
            "events": list(story.events),
            "responses": list(story.responses),
        }
        if applied.state and not applied.errors:
            changed = copy.copy(story)
            changed.props = dict(applied.props)
            answer |= _rendered(opened, changed, output_dir.absolute())
        return answer


def _rendered(opened: OpenedStory, story: Story, output_dir: Path) -> dict[str, Any]:
    renderer = StoryRenderer(opened.package, output_dir)
    at(story.path)
    try:
        rendered = renderer.render(opened.site, story)
    except BaseException as error:
        failure = failure_from(story.path, error, *renderer.place(story))
        return {"overlay": opened.overlay(failure)}
    finally:
        at(REST)
    return {"document": rendered.document, "panels": Panels(str).about_markup(rendered.details)}
