"""How Sphinx makes a site of these pages: `scripts/test -s docs`."""

import re
from typing import Any

from docutils.nodes import Element, TextElement
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import storytime

project = "Storytime"
author = "Storytime contributors"
release = storytime.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["_build"]
nitpicky = True
# Names that other projects document, and aliases whose meaning their docstrings give.
nitpick_ignore_regex = [
    ("py:class", r"(collections\.abc|contextlib|decimal|os|pathlib|starlette)\..*|Path"),
    ("py:class", r"(.*\.)?(FrameKind|Function|Kind|Layout|OnBuilt|Target)"),
]

myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"  # neither prompts nor output

default_role = "code"  # docstrings use single backticks
autodoc_typehints = "description"
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = "Storytime"
html_show_copyright = False


def setup(app: Sphinx) -> None:
    app.connect("source-read", _show_file_names)
    app.connect("missing-reference", _public_name)


def _show_file_names(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Put the name of a file, from the comment before a block, above the block."""
    comments = r"<!-- file: (\S+) -->\n(?:<!--.*-->\n)*```([\w+-]+)\n"
    source[0] = re.sub(comments, r'```{code-block} \2\n:caption: "`\1`"\n\n', source[0])


def _public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: TextElement
) -> Element | None:
    """Link a type to the name that the reference documents, not to where it is defined."""
    name = str(node["reftarget"]).rpartition(".")[2]
    if node["refdomain"] != "py" or not hasattr(storytime, name):
        return None
    python: Any = env.domains.python_domain
    return python.resolve_xref(
        env, node["refdoc"], app.builder, "class", f"storytime.{name}", node, content
    )
