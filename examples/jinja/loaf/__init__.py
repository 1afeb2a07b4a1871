"""A component that other templates include."""
