"""What Python 3.13 lacks for Storytime: t-strings, their library, deferred annotations, tdom.

`install("package", ...)` is all that most callers need; the parts are here for import hooks that
combine with it.
"""

from .hook import TemplateFinder, TemplateLoader, cache_path, install
from .transform import compile_source

__all__ = ["TemplateFinder", "TemplateLoader", "cache_path", "compile_source", "install"]
