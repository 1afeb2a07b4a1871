"""The first pages of the catalog: what Harbour is, and how a whole page looks."""
