"""Edits projects that use Django, pydantic, FastHTML or Jinja2, and measures when they are served.

Each catalog has 30 stories; Django's belongs to a real `startproject` with one app. What is
measured is the time (ms) from a save to the new document, over HTTP, of the story that a browser
shows, with libraries imported ahead. They come with the dependency group `ecosystem`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from .catalogs import CATALOG, Edit
from .measure import Figures, markdown
from .processes import settle
from .report import record
from .run import machine, python_name
from .servers import LONG, PAUSE, serving

STORIES = 30
SUBJECTS = ("form", "card", "badge")
CHECKED = 5.0
"""Seconds without work after which a server has imported the libraries ahead, and checked that."""

STORIES_FILE = """
from storytime import Story, Subject
{imports}

def {name}() -> Subject:
    return Subject(target={target}, items=[Story({props}, f"Look {{n}}") for n in range({count})])
"""

DJANGO_SITE = """
import os
import django
from storytime import Site

def setup() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    django.setup()

def site() -> Site:
    return Site(title="Shop", setup=setup)
"""
PLAIN_SITE = "from storytime import Site\n\ndef site() -> Site:\n    return Site(title='Shop')\n"

DJANGO = {
    "books/models.py": """
from django.db import models

class Book(models.Model):
    title = models.CharField(max_length=99, help_text="helper-0000")
    price = models.DecimalField(max_digits=6, decimal_places=2)
    in_stock = models.BooleanField(default=True)
""",
    "books/forms.py": """
from django.forms import ModelForm
from .models import Book

class BookForm(ModelForm):
    class Meta:
        model = Book
        fields = "__all__"
""",
    "books/badges.py": """
from django.utils.html import format_html

def book_badge(text):
    return format_html("<b class='{}'>{}</b>", "component-0000", text)
""",
    "books/templates/card.html": "<h2>{{ book.title }}</h2><p>template-0000</p>",
}
DJANGO_STORIES = {
    "form": ("from books.forms import BookForm", "BookForm", '{"initial": {"title": f"{n}"}}'),
    "card": (
        "from django.template.loader import render_to_string\nfrom books.models import Book",
        'lambda title: render_to_string("card.html", {"book": Book(title=title)})',
        '{"title": f"{n}"}',
    ),
    "badge": ("from books.badges import book_badge", "book_badge", '{"text": f"{n}"}'),
}

PYDANTIC = {
    "parts.py": """
from pydantic import BaseModel, Field

class Part(BaseModel):
    text: str = Field(max_length=99)
    size: int = 1

    def __html__(self):
        return f"<b class='component-0000'>{self.text}{self.size}</b>"
"""
}
FASTHTML = {
    "parts.py": """
from fasthtml.common import Button, to_xml

def Part(text):
    return to_xml(Button(text, cls="component-0000"))
"""
}
JINJA = {
    "parts.py": """
from pathlib import Path
from jinja2 import Environment, FileSystemLoader

environment = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"))

def Part(text):
    return environment.get_template("part.html").render(text=text, mark="component-0000")
""",
    "templates/part.html": "<b class='{{ mark }}'>{{ text }}</b> template-0000",
}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.libraries", description=__doc__)
    parser.add_argument("--edits", type=int, default=9, help="edits of each kind (9)")
    parser.add_argument("--record", action="store_true", help="write into benchmarks/RESULTS.md")
    given = parser.parse_args(arguments)
    rows: list[list[object]] = []
    for library, generate in PROJECTS.items():
        with tempfile.TemporaryDirectory(prefix="storytime-libraries-") as folder:
            kinds = generate(Path(folder))
            bound = 150 if library == "Django" else 100
            for kind, times in measure(Path(folder), kinds, given.edits).items():
                verdict = "met" if times.median <= bound else "**not met**"
                rows.append([f"{library}: {kind}", f"at most {bound}", times, verdict])
                print(*rows[-1], sep=" | ", file=sys.stderr)
    heading = ["edit", "bound (ms)", "save to served (ms)", ""]
    command = " ".join(["python -m benchmarks.libraries", *arguments])
    text = f"`{command}`, {machine()}.\n\n{markdown(heading, rows)}"
    print(text)
    if given.record:
        record(f"Libraries, Python {python_name()}", text)


def measure(base: Path, kinds: Mapping[str, tuple[Edit, str]], edits: int) -> dict[str, Figures]:
    """Return the times of each kind of edit, whose document is the one of a subject."""
    times = {kind: Figures() for kind in kinds}
    with (
        serving(base, base / "site", "--subinterpreters") as server,
        server.browser() as browser,
    ):
        settle([server.pid], quiet=CHECKED)
        for number in range(1, edits + 1):
            for kind, (edit, subject) in kinds.items():
                browser.websocket.send(f"{subject}/look-0/index.html")
                settle([server.pid], quiet=PAUSE)
                browser.forget()
                began = time.perf_counter()
                text = edit.make(number).encode()
                while text not in server.get(f"/{subject}/look-0/frame.html")[1]:
                    if time.perf_counter() - began > LONG:
                        raise RuntimeError("\n".join([f"{kind} was not served", *server.lines]))
                    time.sleep(0.001)
                times[kind].add(1000 * (time.perf_counter() - began))
    return times


def django(base: Path) -> dict[str, tuple[Edit, str]]:
    """Generate a project with an app and a catalog; return its edits and the subjects they show."""
    for command in (["startproject", "shop", "."], ["startapp", "books"]):
        subprocess.run([sys.executable, "-m", "django", *command], cwd=base, check=True)
    settings = base / "shop/settings.py"
    settings.write_text(settings.read_text() + "\nINSTALLED_APPS += ['books']\n")
    write(base, DJANGO)
    write(
        base / CATALOG, {"__init__.py": "", "stories.py": DJANGO_SITE, **subjects(DJANGO_STORIES)}
    )
    return {
        "component": (Edit("component", base / "books/badges.py"), "badge"),
        "template": (Edit("template", base / "books/templates/card.html"), "card"),
        "models.py": (Edit("helper", base / "books/models.py"), "form"),
    }


def plain(base: Path, files: Mapping[str, str]) -> dict[str, tuple[Edit, str]]:
    """Generate a catalog whose subjects all show the same component."""
    stories = ("from ..parts import Part", "lambda text: Part(text=text)", '{"text": f"{n}"}')
    catalog = base / CATALOG
    write(catalog, {"__init__.py": "", "stories.py": PLAIN_SITE, **files})
    write(catalog, subjects(dict.fromkeys(SUBJECTS, stories)))
    kinds = {"component": (Edit("component", catalog / "parts.py"), "form")}
    if "templates/part.html" in files:
        kinds["template"] = (Edit("template", catalog / "templates/part.html"), "form")
    return kinds


def subjects(stories: Mapping[str, tuple[str, str, str]]) -> dict[str, str]:
    """Return the files of subjects, each with its imports, its target and its stories' props."""
    count = STORIES // len(stories)
    return {
        f"{name}/{file}": text
        for name, (imports, target, props) in stories.items()
        for file, text in {
            "__init__.py": "",
            "stories.py": STORIES_FILE.format(
                name=name, imports=imports, target=target, props=props, count=count
            ),
        }.items()
    }


def write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


PROJECTS: Mapping[str, Callable[[Path], dict[str, tuple[Edit, str]]]] = {
    "Django": django,
    "pydantic": lambda base: plain(base, PYDANTIC),
    "FastHTML": lambda base: plain(base, FASTHTML),
    "Jinja2": lambda base: plain(base, JINJA),
}

if __name__ == "__main__":
    main(sys.argv[1:])
