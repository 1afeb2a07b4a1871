"""Measures Storytime beside other component workshops, Storybook and Ladle, in one Chromium.

    nox -s peers -- --record

Each tool shows the same catalog, in its own language.
"""
