"""A catalog into an output folder, whole or in part."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .whole import build_site as build_site


def __getattr__(name: str) -> Any:
    # Loaded when it is asked for: parts of this package are used where nothing is built.
    if name != "build_site":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .whole import build_site

    return build_site
