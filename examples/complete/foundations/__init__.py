"""The design tokens, as pictures."""
