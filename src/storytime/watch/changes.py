"""What all sources of changes have in common."""

from collections.abc import Callable

from watchfiles import Change

QUIET = 0.01
"""Seconds without a further event that end a group of changes."""
LONGEST_GROUP = 0.4
"""Seconds after which changes are yielded although more still come (a branch switch)."""

type Changes = set[tuple[Change, str]]
type Filter = Callable[[Change, str], bool]
type Enters = Callable[[str], bool] | None
"""Tells whether a folder in a watched one is watched too; None if none is."""
