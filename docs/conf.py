"""How Sphinx makes a site of these pages: `scripts/test -s docs`."""

import storytime

project = "Storytime"
author = "Storytime contributors"
release = storytime.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton"]
exclude_patterns = ["_build"]
nitpicky = True
# Names that other projects document, and aliases whose meaning their docstrings give.
nitpick_ignore_regex = [
    ("py:class", r"(collections\.abc|pathlib|starlette)\..*"),
    ("py:class", r"(.*\.)?(FrameKind|Kind|OnBuilt|Target|(Async)?RebuildCallback)"),
]

myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"  # neither prompts nor output

default_role = "code"  # docstrings use single backticks
autodoc_typehints = "description"

html_theme = "furo"
html_title = "Storytime"
