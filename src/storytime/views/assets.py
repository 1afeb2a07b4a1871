"""The files that every page of the catalog refers to."""

import re
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_UNSHIPPED = re.compile(rb"^\s*//.*\n|\s+// .*$|^\s+", re.MULTILINE)
"""What scripts are shipped without: comments and indentation."""


def assets() -> dict[str, bytes]:
    """Return the stylesheet and the scripts by name; in the output they lie beside `index.html`."""
    files = {file.name: file.read_bytes() for file in sorted(STATIC.iterdir())}
    scripts = {
        name: _UNSHIPPED.sub(b"", data) for name, data in files.items() if name.endswith(".js")
    }
    return {"storytime.css": files["storytime.css"]} | scripts
