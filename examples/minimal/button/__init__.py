"""One component, and its stories beside it."""
