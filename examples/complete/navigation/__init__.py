"""Where people are, and where they can go."""
