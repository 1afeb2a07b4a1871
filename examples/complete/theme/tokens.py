"""The design tokens as Python values, read from the CSS that defines them: one source of truth."""

import re
from pathlib import Path

TOKENS_CSS = Path(__file__).with_name("tokens.css")
DECLARATION = re.compile(r"^\s*--hb-([a-z]+)-([\w-]+):\s*(.+?);", re.MULTILINE)


def read_tokens(family: str) -> dict[str, str]:
    """The tokens of one family by their CSS name: `read_tokens("space")["--hb-space-1"]`."""
    declarations = DECLARATION.findall(TOKENS_CSS.read_text(encoding="utf-8"))
    return {f"--hb-{kind}-{name}": value for kind, name, value in declarations if kind == family}
