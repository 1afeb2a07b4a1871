"""Card: one item in a list or a grid."""

from .card import Card

__all__ = ["Card"]
