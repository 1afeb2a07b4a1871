"""How Sphinx makes a site of these pages: `scripts/test -s docs`."""

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
    ("py:class", r"(collections\.abc|contextlib|os|pathlib|starlette)\..*"),
    ("py:class", r"(.*\.)?(FrameKind|Kind|OnBuilt|Target|(Async)?RebuildCallback)"),
]

myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"  # neither prompts nor output

default_role = "code"  # docstrings use single backticks
autodoc_typehints = "description"

html_theme = "furo"
html_title = "Storytime"


def setup(app: Sphinx) -> None:
    """Link types to the names that the reference documents, not to where they are defined."""
    app.connect("missing-reference", _public_name)


def _public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: TextElement
) -> Element | None:
    name = str(node["reftarget"]).rpartition(".")[2]
    if node["refdomain"] != "py" or not hasattr(storytime, name):
        return None
    python: Any = env.domains.python_domain
    return python.resolve_xref(
        env, node["refdoc"], app.builder, "class", f"storytime.{name}", node, content
    )
