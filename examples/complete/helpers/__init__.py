"""What several components share: class names, ids, tones, and how values are written."""
