"""The files that every page of the catalog refers to."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
NAMES = ("storytime.css", "storytime.js", "start.js", "frame.js")


def assets() -> dict[str, bytes]:
    """The stylesheet and the scripts, by the path at which pages expect them in the output."""
    return {name: (STATIC / name).read_bytes() for name in NAMES}
