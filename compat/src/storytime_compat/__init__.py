"""What Python 3.13 lacks for Storytime: t-strings and their library, deferred annotations, tdom.

Most callers need only `install("package", ...)`. The other names are for import hooks that have to
work together with this one.
"""

from .hook import TemplateFinder, TemplateLoader, cache_path, install
from .transform import compile_source

__all__ = ["TemplateFinder", "TemplateLoader", "cache_path", "compile_source", "install"]
