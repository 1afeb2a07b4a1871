"""A page with a form."""
