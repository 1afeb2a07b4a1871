"""Random edits of a project while it is served."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

from .catalogs import CATALOG, PARTS, Project, contents, save, write

FACTS = """
import json
from pathlib import Path

DATA = Path(__file__).parent / "data" / "facts.json"


def Facts(label: str) -> str:
    facts = json.loads(DATA.read_text())
    return f"<p>{label}: {facts['fact']}</p>"
"""

FACTS_STORIES = """
from acme_parts.facts import Facts
from storytime import Story, Subject


def subject() -> Subject:
    story = Story(title="Fact", props={"label": "A fact"})
    return Subject(title="Facts", target=Facts, items=[story])
"""

MISTAKES = ("def broken(:\n", "import acme_parts.missing_module\n", "1 / 0\n", "\0\n")
"""Lines that break a module if they are put at its beginning."""


class RandomEdits:
    """Makes random edits of a project. What they break or remove, later edits restore."""

    def __init__(self, project: Project, random: Random) -> None:
        self._random = random
        self._number = 0
        self._catalog = project.base / CATALOG
        self._parts = project.base / PARTS
        self._broken: dict[Path, str] = {}
        self._removed: list[tuple[Path, dict[str, bytes]]] = []
        write(self._parts / "facts.py", FACTS)
        write(self._parts / "data" / "facts.json", json.dumps({"fact": "data-0000"}))
        write(self._catalog / "facts" / "__init__.py", "")
        write(self._catalog / "facts" / "stories.py", FACTS_STORIES)
        self._edits: dict[Callable[[], None], int] = {
            self._story: 6,
            self._component: 6,
            self._helper: 2,
            self._title: 2,
            self._add_or_remove_story: 2,
            self._section: 1,
            self._data: 3,
            self._rename: 1,
            self._remove: 1,
            self._bring_back: 2,
            self._break: 2,
            self._repair: 4,
        }

    def edit(self) -> str:
        """Make one edit and return its name."""
        (chosen,) = self._random.choices([*self._edits], [*self._edits.values()])
        self._number += 1
        chosen()
        return chosen.__name__.strip("_").replace("_", " ")

    def _story(self) -> None:
        self._mark(self._any_subject() / "stories.py", "story")

    def _component(self) -> None:
        self._mark(self._random.choice(sorted(self._parts.glob("part_*.py"))), "component")

    def _helper(self) -> None:
        self._mark(self._parts / "words.py", "helper")

    def _title(self) -> None:
        self._mark(self._any_subject() / "stories.py", "title")

    def _data(self) -> None:
        self._mark(self._parts / "data" / "facts.json", "data")

    def _add_or_remove_story(self) -> None:
        file = self._any_subject() / "stories.py"
        more = f'            Story(title="More {self._number}", props={{"label": "More"}}),\n'

        def change(text: str) -> str:
            less = re.sub(r' *Story\(title="More .*\n', "", text)
            return less if less != text else text.replace("        ],\n", f"{more}        ],\n")

        self._change(file, change)

    def _section(self) -> None:
        file = self._random.choice(sorted(self._catalog.glob("section_*/stories.py")))
        self._change(
            file, lambda text: re.sub('title="[^"]*"', f'title="Section {self._number}"', text)
        )

    def _rename(self) -> None:
        old = self._any_subject()
        if any(file.is_relative_to(old) for file in self._broken):
            return
        old.rename(old.with_name(f"renamed_{self._number}"))

    def _remove(self) -> None:
        folder = self._any_subject()
        if len(self._subjects()) < 2 or any(file.is_relative_to(folder) for file in self._broken):
            return
        self._removed.append((folder, contents(folder)))
        shutil.rmtree(folder)

    def _bring_back(self) -> None:
        if self._removed:
            folder, files = self._removed.pop()
            for name, data in files.items():
                place = folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)

    def _break(self) -> None:
        subjects = [folder / "stories.py" for folder in self._subjects()]
        files = [*subjects, *sorted(self._parts.glob("*.py"))]
        file = self._random.choice([file for file in files if file.name != "hostile.py"])
        if file not in self._broken:
            self._broken[file] = file.read_text()
            save(file, self._random.choice(MISTAKES) + self._broken[file])

    def _repair(self) -> None:
        if self._broken:
            save(*self._broken.popitem())

    def repair_all(self) -> None:
        while self._broken:
            self._repair()

    def repair_parts(self) -> None:
        """Repair the components' package, which every story needs."""
        for file in [file for file in self._broken if file.parent == self._parts]:
            save(file, self._broken.pop(file))

    def _mark(self, file: Path, mark: str) -> None:
        new = f"{mark}-{self._number % 10_000:04}"
        self._change(file, lambda text: re.sub(rf"{mark}-\d{{4}}", new, text))

    def _change(self, file: Path, change: Callable[[str], str]) -> None:
        """Save by renaming or in place. A broken file gets the change and stays broken."""
        if file in self._broken:
            self._broken[file] = change(self._broken[file])
        text = change(file.read_text())
        if self._random.random() < 0.5:
            save(file, text)
        else:
            file.write_text(text)

    def _subjects(self) -> list[Path]:
        return sorted(file.parent for file in self._catalog.glob("section_*/shelf_*/*/stories.py"))

    def _any_subject(self) -> Path:
        return self._random.choice(self._subjects())
