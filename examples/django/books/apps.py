"""The configuration of the app."""

from django.apps import AppConfig


class BooksConfig(AppConfig):
    """The app."""

    name = "books"
