"""One story to HTML, and what its page tells of it."""
