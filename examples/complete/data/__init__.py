"""Many things of a kind."""
