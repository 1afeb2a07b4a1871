"""The workshop in a real Chromium, on a real server: `nox -s browser`."""
