"""The project's settings, with what is different in the catalog."""

from bookshop.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "catalog"]  # noqa: F405 (it has a template)
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    # The address of a static file, as Storytime expects it in a story: static/books/books.css.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
        "OPTIONS": {"base_url": "static/"},
    },
}
