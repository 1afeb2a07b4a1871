"""One component, and its stories next to it."""
