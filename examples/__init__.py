"""Catalogs to learn Storytime by; see README.md beside this file."""
