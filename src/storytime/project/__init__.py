"""Finds the authors' package, imports its modules fresh, and records who uses which file."""
