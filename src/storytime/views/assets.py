"""The files that every page of the catalog refers to."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"


def assets() -> dict[str, bytes]:
    """Return the stylesheet and the scripts by name; in the output they lie beside `index.html`."""
    files = (file for file in sorted(STATIC.iterdir()) if file.suffix in {".css", ".js"})
    return {file.name: file.read_bytes() for file in files}
