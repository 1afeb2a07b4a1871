"""Lists, tables and what goes with them."""
