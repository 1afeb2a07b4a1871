"""One stylesheet out of many small files: each component keeps its own CSS beside it."""

from pathlib import Path

from tdom import Markup

ROOT = Path(__file__).parents[1]
FIRST = [ROOT / "theme" / "tokens.css", ROOT / "theme" / "base.css"]


def _stylesheet() -> str:
    """Tokens and base first, then the components' files, sorted: the same text on any machine."""
    components = sorted(set(ROOT.rglob("*.css")) - set(FIRST))
    return "\n".join(file.read_text(encoding="utf-8") for file in [*FIRST, *components])


# Read once, at import: every document needs it, and a rebuild imports this module afresh anyway.
# Markup, because CSS is ours and must not be escaped: `a > b` has to stay as it is.
STYLESHEET = Markup(_stylesheet())
