"""A macro."""
