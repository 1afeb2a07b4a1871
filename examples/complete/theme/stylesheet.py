"""One stylesheet made of many small files: each component has its CSS next to it."""

from pathlib import Path

from tdom import Markup

ROOT = Path(__file__).parents[1]
FIRST = [ROOT / "theme" / "tokens.css", ROOT / "theme" / "base.css"]


def _stylesheet() -> str:
    """Tokens and base first, then the components' files, sorted: the same text on any machine."""
    components = sorted(set(ROOT.rglob("*.css")) - set(FIRST))
    return "\n".join(file.read_text(encoding="utf-8") for file in [*FIRST, *components])


# Read once, at import: every document needs it, and each rebuild imports this module again anyway.
# Markup, so that CSS isn't escaped: `a > b` has to stay as it is.
STYLESHEET = Markup(_stylesheet())
