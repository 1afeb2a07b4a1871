"""BuildResult: what a build made and found, for Python callers and for reports in CI."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, override

from ..catalog.model import Story
from ..catalog.tree_reader import STORIES
from ..errors import BuildFailed, BuildFailure, by_cause, line_of
from ..project.package import Package, locate, make_importable
from ..ring.text import printable
from ..views import frame_file, page_file
from ..views.catalog_index import Entry, kind, title_of
from .folder_lock import check_not_in_use
from .pages import Stories
from .whole import WholeBuild, build_package


@dataclass(frozen=True)
class BuiltPage:
    """A page of the catalog.

    `path` is its place there ("section/subject/story", or "" for the site). `kind` is "site",
    "section", "subject", "story", or, for a Markdown file, "page". `url` is the file in the output
    folder. `file` and `line` say where its author wrote it: an absolute path, and 0 for no line in
    particular. `seconds` is how long a story took to render; 0 for other pages.
    """

    path: str
    kind: str
    title: str
    url: str
    file: str = ""
    line: int = 0
    seconds: float = 0.0

    @property
    def frame(self) -> str:
        """The file of a story's own document, without the workshop around it; "" for other pages.

        A story that failed has none.
        """
        return frame_file(self.path) if self.kind == "story" else ""


@dataclass(frozen=True)
class BuildWarning:
    """Something that an author should mend; `path`, `file` and `line` are as in BuiltPage."""

    path: str
    message: str
    file: str = ""
    line: int = 0

    @override
    def __str__(self) -> str:
        return f"{self.path or 'the catalog'}: {self.message}"


@dataclass(frozen=True)
class AccessibilityFinding(BuildWarning):
    """A story's markup breaks an accessibility rule.

    `rule` is its name ("image-alt"), `impact` one of "critical", "serious", "moderate" and "minor",
    `criterion` the one of WCAG 2.2, and `snippet` the start tag at fault.
    """

    rule: str = ""
    impact: str = ""
    criterion: str = ""
    snippet: str = ""

    @override
    def __str__(self) -> str:
        return f"{super().__str__()} [{self.rule}, {self.impact}] {self.snippet}"


@dataclass(frozen=True)
class BuildResult:
    """What a build made of a package, and what is wrong with it.

    `failures` are the parts of the catalog that could not be built; the others were built all the
    same. If nothing could be built at all, `written` is false, the output folder is as it was, and
    the failures say why. `missing_assets` are references to static files that don't exist,
    `findings` are of accessibility, and `warnings` is all else that authors should mend.

    `pages` are the catalog's pages in its order. `files` is how many files the output folder holds
    of the catalog; of those `changed` were written, and `removed` no longer belong to it (POSIX
    paths in the folder). `seconds` says how long reading ("read"), rendering ("render") and writing
    ("write") took. `build` is an id of the content: two builds of the same files have the same.
    """

    package: str
    output_dir: Path
    written: bool = True
    build: str = ""
    failures: tuple[BuildFailure, ...] = ()
    missing_assets: tuple[BuildWarning, ...] = ()
    findings: tuple[AccessibilityFinding, ...] = ()
    warnings: tuple[BuildWarning, ...] = ()
    pages: tuple[BuiltPage, ...] = field(default=(), repr=False)
    files: int = 0
    changed: tuple[str, ...] = field(default=(), repr=False)
    removed: tuple[str, ...] = field(default=(), repr=False)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True if everything was built."""
        return self.written and not self.failures

    @property
    def is_clean(self) -> bool:
        """True if everything was built and there is nothing to mend: what `--strict` asks for."""
        return self.ok and not (self.missing_assets or self.findings or self.warnings)

    @property
    def stories(self) -> tuple[BuiltPage, ...]:
        """The pages of stories."""
        return tuple(page for page in self.pages if page.kind == "story")

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each: stories, pages, files, failures, and so on."""
        lists = "failures", "missing_assets", "findings", "warnings", "changed", "removed"
        return {
            "stories": len(self.stories),
            "pages": len(self.pages),
            "files": self.files,
            **{name: len(getattr(self, name)) for name in lists},
        }

    @override
    def __str__(self) -> str:
        """Return the counts and, a line each, what is wrong."""
        counts = (f"{number} {name.replace('_', ' ')}" for name, number in self.counts.items())
        failures = (line_of(*cause) for cause in by_cause(self.failures).items())
        others = map(str, [*self.missing_assets, *self.findings, *self.warnings])
        return "\n".join([f"{self.package}: {', '.join(counts)}", *failures, *others])

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON types, with `ok` and `counts`: docs/report.schema.json."""
        return {
            **asdict(self),
            "output_dir": printable(str(self.output_dir)),
            "seconds": {name: round(value, 6) for name, value in self.seconds.items()},
            "ok": self.ok,
            "counts": self.counts,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> BuildResult:
        """Return the result that `to_json` gave."""
        types = {
            "missing_assets": BuildWarning,
            "findings": AccessibilityFinding,
            "warnings": BuildWarning,
            "pages": BuiltPage,
        }
        lists: dict[str, Any] = {
            name: tuple(each_type(**each) for each in data[name])
            for name, each_type in types.items()
        }
        lists["failures"] = tuple(map(BuildFailure.from_json, data["failures"]))
        lists |= {name: tuple(data[name]) for name in ("changed", "removed")}
        names = "package", "written", "build", "files", "seconds"
        rest = {name: data[name] for name in names}
        return cls(output_dir=Path(data["output_dir"]), **rest, **lists)


def build_catalog(
    package_location: str | os.PathLike[str], output_dir: str | os.PathLike[str]
) -> BuildResult:
    """Do what `build_site` does, and return what was built and what is wrong with it.

    What can't be built is in the result's `failures`, and no exception: without a Site, `written`
    is false. Raises StorytimeError if the package or the folder can't be used, and SourcesChanged
    as `build_site` does. Modules of the catalog that this process has imported before aren't
    imported again; `InterpreterRing.build_catalog` builds in a fresh interpreter.
    """
    return build_with_result(os.fspath(package_location), Path(output_dir))


def build_with_result(
    package_location: str, output_dir: Path, publish_torn: bool = False
) -> BuildResult:
    """`build_catalog`; see `build_package` for `publish_torn`."""
    package = locate(package_location)
    make_importable(package)
    output_dir = output_dir.absolute()
    check_not_in_use(output_dir, package)
    try:
        built = build_package(package, output_dir, publish_torn=publish_torn)
    except BuildFailed as error:
        return BuildResult(package.name, output_dir, written=False, failures=error.failures)
    built.changes.log()
    return _result_of(package, output_dir, built)


def result_job(package_location: str, output_dir: Path, publish_torn: bool) -> dict[str, Any]:
    """`build_with_result`, as a job: returns JSON types."""
    return build_with_result(package_location, output_dir, publish_torn).to_json()


def _result_of(package: Package, output_dir: Path, built: WholeBuild) -> BuildResult:
    stories, changes = built.stories, built.changes
    pages = _pages_of(package, stories)

    def where(path: str) -> tuple[str, int]:
        page = pages.get(path)
        return (page.file, page.line) if page else (_file_of(package, path), 0)

    missing, warnings = list[BuildWarning](), list[BuildWarning]()
    for each in stories.warnings:
        warning = BuildWarning(each.path, each.text, *where(each.path))
        (missing if each.is_missing else warnings).append(warning)
    findings = [
        AccessibilityFinding(
            path, each.message, *where(path), each.rule, each.impact, each.criterion, each.snippet
        )
        for path, rendered in stories.shown.items()
        for each in rendered.details.findings
    ]
    read, render, write = (end - start for start, end in pairwise(built.times))
    return BuildResult(
        package.name,
        output_dir,
        build=changes.build,
        failures=tuple(changes.failures),
        missing_assets=tuple(missing),
        findings=tuple(findings),
        warnings=tuple(warnings),
        pages=tuple(pages.values()),
        changed=tuple(changes.changed),
        removed=tuple(changes.removed),
        files=built.files,
        seconds={"read": read, "render": render, "write": write},
    )


def _pages_of(package: Package, stories: Stories) -> dict[str, BuiltPage]:
    """Return the catalog's pages by path, in its order."""
    workshop = stories.workshop
    documents = {document.path: file for file, document in workshop.files.items()}

    def place(entry: Entry) -> tuple[str, int]:
        if isinstance(entry, Story):
            return stories.renderer.place(entry)
        node: Entry | None = entry
        while node is not None:
            path = documents.get(node.path) or posixpath.join(node.path, STORIES)
            if file := _file_of(package, path):
                return file, 0
            node = node.parent
        return "", 0

    return {
        path: BuiltPage(
            path,
            kind(entry),
            printable(title_of(entry)),
            page_file(path),
            *place(entry),
            stories.seconds.get(path, 0.0),
        )
        for path, entry in workshop.entries.items()
    }


def _file_of(package: Package, path: str) -> str:
    """Return the file at a path in the package, or "" if there is none."""
    files = (str(folder / path) for folder in package.folders)
    return printable(next(filter(os.path.isfile, files), ""))
