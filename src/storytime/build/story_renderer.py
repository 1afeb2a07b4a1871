"""From a story to what is shown of it: its document, and what its page tells of it."""

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
from ..render.source_excerpts import SourceFiles
from ..render.static_files import PREFIX, Resolved, StaticFiles, find_static
from ..views import READING, Details, frame_file, plain_document, story_document


@dataclass(frozen=True)
class Look:
    """A story as it was rendered, in plain data.

    `document` is the HTML of its frame; `is_body` says that it stands in place of all else on the
    story's page.
    """

    document: str
    details: Details
    is_body: bool = False


class Looks:
    """Renders the stories of one package."""

    def __init__(self, package: Package, output_dir: Path | None = None) -> None:
        self._package = package
        self._output_dir = output_dir
        self._sources = SourceFiles(package.base)
        self._subject: Subject | None = None
        self._targets = Targets()

    @cached_property
    def static(self) -> StaticFiles:
        """The package's static files, which are looked for when a story asks for one."""
        return find_static(self._package.folders, self._output_dir)

    def of(self, site: Site, story: Story) -> Look:
        """The look of a story; raises what user code raises."""
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
        if PREFIX in whole:
            resolved = self.static.resolve(whole, story.parent.path, file)
        content = parse_markup(shown.content or shown.body or "")
        details = replace(
            self.of_failed(story),
            markup=format_html(content),
            findings=check_markup(content),
            warnings=[each.text for each in resolved.missing],
        )
        return Look(resolved.markup, details, is_body=shown.body is not None)

    def of_failed(self, story: Story) -> Details:
        """What can be told of a story that could not be rendered."""
        component = story.template or story.target
        if story.parent is not self._subject:
            # For each subject anew: the files that this opens are those of the subject at work.
            self._subject, self._targets = story.parent, Targets()
        return Details(
            properties=self._targets.describe(component, story.props) if component else None,
            source=self._sources.story_source(story),
            component=self._sources.component_source(component) if component else None,
        )
