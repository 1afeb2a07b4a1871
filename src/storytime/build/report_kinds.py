"""The kinds of what a build reports while it runs."""

WHOLE = "whole"
"""A number that no other build has: it goes on to build the whole catalog, and answers from now on
what the ring tells it (see `early_renderer`)."""
EARLY = "early"
"""A file of the output and its content, or None if it has to wait for the end of the build. Bytes
that aren't UTF-8 are lone surrogates."""
