"""A component that templates include."""
