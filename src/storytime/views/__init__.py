"""The catalog as HTML pages: tdom components, one stylesheet, one small script."""

from .failures import error_page
from .pages import Workshop
from .assets import assets

__all__ = ["Workshop", "assets", "error_page"]
