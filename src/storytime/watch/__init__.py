"""Tells which files changed."""
