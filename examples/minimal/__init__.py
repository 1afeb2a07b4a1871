"""The smallest useful catalog: one component, `button`, and its stories."""
