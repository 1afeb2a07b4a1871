"""Reads, lays out and checks HTML text."""
