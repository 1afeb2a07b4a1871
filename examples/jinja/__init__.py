"""Crumb, a bakery's web shop with Jinja templates, and the catalog of its components and pages."""
