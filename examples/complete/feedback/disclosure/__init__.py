"""Disclosure: details on demand."""

from .disclosure import Accordion, Disclosure

__all__ = ["Accordion", "Disclosure"]
