"""Checkbox: yes or no, sent with the form."""

from .checkbox import Checkbox

__all__ = ["Checkbox"]
