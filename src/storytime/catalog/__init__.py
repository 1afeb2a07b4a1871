"""What authors write, and the tree read from it."""
