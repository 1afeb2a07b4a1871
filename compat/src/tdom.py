"""Imports the bundled tdom for code that asks for it before Storytime installs the hook."""

import importlib.util
import sys

import storytime_compat

storytime_compat.install(__name__)
del sys.modules[__name__]
if importlib.util.find_spec(__name__).origin == __file__:
    raise ImportError("tdom is not bundled here: install storytime-compat, whose build fetches it")
importlib.import_module(__name__)
