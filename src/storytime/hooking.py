"""What Python 3.13 needs to read t-strings, from the distribution storytime-compat (compat/).

Later Pythons need none of it. When 3.13 is no longer supported, this module goes with compat/.
"""

import sys
from importlib.machinery import SourceFileLoader

if sys.version_info < (3, 14):
    from storytime_compat import TemplateLoader, install
else:
    TemplateLoader = None

    def install(*packages: str) -> None:
        """Has the packages imported with what this Python lacks: nothing."""


def template_loader(loader: SourceFileLoader) -> SourceFileLoader | None:
    """A loader for the same file that knows t-strings, where this Python doesn't; else None."""
    return TemplateLoader(loader.name, loader.path) if TemplateLoader else None
