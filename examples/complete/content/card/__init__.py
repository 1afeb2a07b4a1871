"""Card: one thing among others of its kind."""

from .card import Card

__all__ = ["Card"]
