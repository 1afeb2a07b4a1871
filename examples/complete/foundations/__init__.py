"""The design tokens, to look at."""
