"""The first pages of the catalog: what Harbour is, and what it looks like in one piece."""
