"""Generated catalogs of any size, and edits of them.

A generated project is a folder with two packages: `acme_parts`, the components, and
`acme_catalog`, their stories. Each subject has a component of its own and ten stories. A third of
the components are functions that return a t-string, a third dataclasses with a `__call__`, and a
third functions that return a str. All import `acme_parts.words`, the "helper" of the edits.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

CATALOG = "acme_catalog"
PARTS = "acme_parts"
STORIES_PER_SUBJECT = 10
"""Stories per subject."""
SUBJECTS_PER_SECTION = 10
"""Subjects per section, at most."""
SECTIONS_PER_SECTION = 3
"""Sections per top-level section."""

LAYOUT = """
from string.templatelib import Template

STYLE = "body { margin: 2rem; font: 16px/1.5 sans-serif } .part { border: 1px solid #ccc }"


def themed_layout(*, story_title: str, children: object) -> Template:
    return t'''<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{story_title}</title><style>{STYLE}</style></head>
<body><main class="stage">{children}</main></body>
</html>
'''
"""

SITE = f"""
from storytime import Site

from {CATALOG}.layout import themed_layout


def site() -> Site:
    return Site(title="Acme", themed_layout=themed_layout)
"""

SECTION = """
from storytime import Section


def section() -> Section:
    return Section(title="{title}", description="What stands on it.")
"""

WORDS = """
REVISION = "helper-0000"


def row_text(label: str, row: int) -> str:
    return f"{label}, row {row} ({REVISION})"
"""

FUNCTION = """
from string.templatelib import Template

from acme_parts.words import row_text

REVISION = "component-0000"


def {name}(label: str, count: int = 1, wide: bool = False) -> Template:
    rows = [t"<li>{{row_text(label, row)}}</li>" for row in range(count)]
    kind = "part wide" if wide else "part"
    body = t"<h2>{{label}}</h2><p>{{REVISION}}</p><ul>{{rows}}</ul>"
    return t"<section class={{kind}}>{{body}}</section>"
"""

DATACLASS = """
from dataclasses import dataclass
from string.templatelib import Template

from acme_parts.words import row_text

REVISION = "component-0000"


@dataclass
class {name}:
    label: str
    count: int = 1
    wide: bool = False

    def __call__(self) -> Template:
        rows = [t"<li>{{row_text(self.label, row)}}</li>" for row in range(self.count)]
        kind = "part wide" if self.wide else "part"
        body = t"<h2>{{self.label}}</h2><p>{{REVISION}}</p><ol>{{rows}}</ol>"
        return t"<article class={{kind}}>{{body}}</article>"
"""

RENDERED = """
from tdom import html

from acme_parts.words import row_text

REVISION = "component-0000"


def {name}(label: str, count: int = 1, wide: bool = False) -> str:
    rows = [t"<dd>{{row_text(label, row)}}</dd>" for row in range(count)]
    kind = "part wide" if wide else "part"
    body = t"<p>{{REVISION}}</p><dl><dt>{{label}}</dt>{{rows}}</dl>"
    return html(t"<div class={{kind}}>{{body}}</div>")
"""

KINDS = (FUNCTION, DATACLASS, RENDERED)

SUBJECT = """
from acme_parts.{module} import {name}
from storytime import Story, Subject

NOTE = "story-0000"


def subject() -> Subject:
    return Subject(
        title="{name} title-0000",
        description="One of the parts that the catalog shows.",
        target={name},
        items=[
{stories}
        ],
    )
"""

STORY = """\
            Story(
                title="{title}", props={{"label": {label}, "count": {count}, "wide": {wide}}}
            ),"""


@dataclass(frozen=True)
class Look:
    """A story: its title and the props of its component. A label of None is the subject's note."""

    title: str
    label: str | None
    count: int
    wide: bool


def looks(name: str) -> list[Look]:
    """Return the stories of the component with this name."""
    return [
        Look(
            title=f"Look {number}",
            label=f"Look {number} of {name}" if number else None,
            count=1 + number % 4,
            wide=number % 2 == 1,
        )
        for number in range(STORIES_PER_SUBJECT)
    ]


@dataclass(frozen=True)
class Edit:
    """An edit of the `story`, `component`, `helper` or `title`: it changes a mark in the file."""

    mark: str
    file: Path

    def text(self, number: int) -> str:
        """Return the mark that the page shows after the edit with this number."""
        return f"{self.mark}-{number:04}"

    def make(self, number: int) -> str:
        """Save the file with the mark of this number; return the mark. The size stays the same."""
        text = self.text(number)
        save(self.file, re.sub(rf"{self.mark}-\d{{4}}", text, self.file.read_text()))
        return text


@dataclass(frozen=True)
class Project:
    """A generated project. Edits change its first subject."""

    base: Path
    stories: int

    @property
    def first_subject(self) -> str:
        """The path of the first subject's page in the catalog."""
        return subject_path(0)

    @property
    def first_story(self) -> str:
        return f"{self.first_subject}/look-0"

    def edit(self, mark: str) -> Edit:
        subject = f"{CATALOG}/{self.first_subject}/stories.py"
        files = {
            "story": subject,
            "component": f"{PARTS}/part_0000.py",
            "helper": f"{PARTS}/words.py",
            "title": subject,
        }
        return Edit(mark, self.base / files[mark])


def generate(base: Path, stories: int) -> Project:
    """Write a project with this many stories (a multiple of ten) into a folder."""
    write(base / PARTS / "__init__.py", "")
    write(base / PARTS / "words.py", WORDS)
    write(base / CATALOG / "__init__.py", "")
    write(base / CATALOG / "layout.py", LAYOUT)
    write(base / CATALOG / "stories.py", SITE)
    for number in range(stories // STORIES_PER_SUBJECT):
        _write_subject(base, number)
    return Project(base, stories)


def subject_path(number: int) -> str:
    """Return the path of a subject, which is two sections deep."""
    shelf, part = divmod(number, SUBJECTS_PER_SECTION)
    section, shelf = divmod(shelf, SECTIONS_PER_SECTION)
    return f"section_{section:02}/shelf_{shelf}/{module_name(part)}"


def module_name(number: int) -> str:
    return f"part_{number:04}"


def _write_subject(base: Path, number: int) -> None:
    module, name = module_name(number), f"Part{number:04}"
    write(base / PARTS / f"{module}.py", KINDS[number % len(KINDS)].format(name=name))
    folder = base / CATALOG / subject_path(number)
    for place in (folder.parent.parent, folder.parent):
        if not (place / "stories.py").exists():
            title = place.name.replace("_", " ").capitalize()
            write(place / "__init__.py", "")
            write(place / "stories.py", SECTION.format(title=title))
    stories = "\n".join(
        STORY.format(
            title=look.title,
            label="NOTE" if look.label is None else f'"{look.label}"',
            count=look.count,
            wide=look.wide,
        )
        for look in looks(name)
    )
    write(folder / "__init__.py", "")
    write(folder / "stories.py", SUBJECT.format(module=module, name=name, stories=stories))


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.removeprefix("\n"))


def save(file: Path, text: str) -> None:
    """Save as editors do: write a temporary file beside it and rename that."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.swp")
    beside.write_text(text)
    os.replace(beside, file)


def save_in_place(edit: Edit, number: int) -> None:
    """Truncate the file and write it with the mark of this number."""
    text = edit.file.read_text()
    edit.file.write_text(re.sub(rf"{edit.mark}-\d{{4}}", edit.text(number), text))


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
