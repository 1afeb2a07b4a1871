"""Table: many things with the same attributes."""

from .table import Column, Table

__all__ = ["Column", "Table"]
