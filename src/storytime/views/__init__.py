"""The catalog as HTML pages: tdom components, one stylesheet, one small script."""

from .assets import assets
from .failures import error_page
from .pages import Workshop

__all__ = ["Workshop", "assets", "error_page"]
