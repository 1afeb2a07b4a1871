"""Makes `import tdom` work before Storytime is imported.

`storytime_compat.pth` imports this module when an interpreter starts, so it imports nothing itself.
"""

import sys


class TdomFinder:
    """Installs the import hook when tdom is first imported, and lets it find tdom."""

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> object:
        if fullname != "tdom":
            return None
        from storytime_compat import hook

        hook.install(fullname)
        return hook.template_finder().find_spec(fullname)


sys.meta_path.insert(0, TdomFinder)
