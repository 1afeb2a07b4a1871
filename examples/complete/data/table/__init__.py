"""Table: many things with the same sides."""

from .table import Column, Table

__all__ = ["Column", "Table"]
