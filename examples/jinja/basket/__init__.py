"""A page that extends the base template."""
