"""Decides what a save rebuilds, when, and in what."""
