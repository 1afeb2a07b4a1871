"""Renders a story: the document of its frame, and what its page says about it."""

import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from ..catalog.model import Site, Story, Subject
from ..markup.accessibility import check_markup
from ..markup.formatter import format_html
from ..markup.parser import parse_markup
from ..project.package import Package
from ..render.component import show_story
from ..render.parameters import Targets
from ..render.references import STATIC, Resolved
from ..render.source_excerpts import SourceFiles
from ..render.static_files import StaticFiles, find_static
from ..render.values import shortened_lines
from ..views import READING, Details, frame_file, plain_document, story_document


@dataclass(frozen=True)
class RenderedStory:
    """A story as plain data.

    `document` is the HTML of its frame. If it `is_body`, it replaces the whole body of the story's
    page.
    """

    document: str
    details: Details
    is_body: bool = False


class StoryRenderer:
    """Renders the stories of one package."""

    def __init__(self, package: Package, output_dir: Path | None = None) -> None:
        self._package = package
        self.base = str(package.base)
        self._output_dir = output_dir
        self._sources = SourceFiles(package.base)
        self._subject: Subject | None = None
        self._targets = Targets()

    @cached_property
    def static(self) -> StaticFiles:
        """The package's static files, which are searched for once a story refers to one."""
        return find_static(self._package, self._output_dir)

    def render(self, site: Site, story: Story) -> RenderedStory:
        """Render a story. Raises what user code raises."""
        shown = show_story(site, story)
        title = story.title or ""
        if shown.body is not None:
            document = plain_document(title, shown.body, style=READING)
        elif shown.document is not None:
            document = shown.document
        else:
            document = plain_document(title, shown.content or "")
        assert story.parent is not None
        file = frame_file(story.path)
        whole = story_document(story.path, document)
        resolved = Resolved(whole)
        if STATIC in whole:
            resolved = self.static.resolve(whole, story.parent.path, file)
        content = parse_markup(shown.content or shown.body or "")
        details = replace(
            self.details(story),
            markup=shortened_lines(format_html(content)),
            findings=check_markup(content),
            warnings=[each.text for each in resolved.missing],
        )
        return RenderedStory(resolved.markup, details, is_body=shown.body is not None)

    def place(self, story: Story) -> tuple[str, int]:
        """Return the file and line of the call that made the story; "" and 0 if unknown."""
        source = self._sources.story_source(story)
        if source is None:
            return "", 0
        return os.path.normpath(os.path.join(self.base, source.file)), source.first

    def details(self, story: Story) -> Details:
        """Return what is known about a story without rendering it."""
        component = story.template or story.target
        if story.parent is not self._subject:
            # Anew for each subject: the files that this opens count as the current subject's.
            self._subject, self._targets = story.parent, Targets()
        return Details(
            properties=self._targets.describe(component, story.props) if component else None,
            source=self._sources.story_source(story),
            component=self._sources.component_source(component) if component else None,
        )
