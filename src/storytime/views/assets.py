"""The files that every page of the catalog refers to."""

import re
from pathlib import Path

STATIC = Path(__file__).parent / "static"
LIVE = Path(__file__).parent / "live"
_UNSHIPPED = re.compile(rb"^\s*//.*\n|\s+// .*$|^\s+", re.MULTILINE)
"""What scripts are shipped without: comments and indentation."""


def assets() -> dict[str, bytes]:
    """Return the stylesheet and the scripts by name; in the output they lie beside `index.html`."""
    found = _shipped(STATIC)
    return {"storytime.css": found.pop("storytime.css")} | found


def live_assets() -> dict[str, bytes]:
    """Return what pages need besides where a server renders stories for them, by name.

    The server has it in `ws/`; it is in no output.
    """
    return _shipped(LIVE)


def _shipped(folder: Path) -> dict[str, bytes]:
    files = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}
    scripts = {
        name: _UNSHIPPED.sub(b"", data) for name, data in files.items() if name.endswith(".js")
    }
    return files | scripts
