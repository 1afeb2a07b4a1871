"""What the application says to people."""
