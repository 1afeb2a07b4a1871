"""The catalog of the shop's components, forms and pages."""
