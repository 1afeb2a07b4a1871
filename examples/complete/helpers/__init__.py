"""What several components share: class names, ids, tones, and the format of values."""
