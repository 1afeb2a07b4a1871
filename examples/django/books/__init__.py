"""The app: books, and orders for them."""
