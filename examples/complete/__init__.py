"""Harbour: the design system of a small ferry line, as a Storytime catalog.

Every folder below is either a section (it groups) or a subject (it holds one component, with its
stylesheet and its stories beside it). What components share is in `helpers` and `theme`; having no
`stories.py`, those two are no part of the catalog.
"""
