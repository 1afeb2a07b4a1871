"""DescriptionList: the attributes of one thing."""

from .description_list import DescriptionList

__all__ = ["DescriptionList"]
