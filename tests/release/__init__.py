"""The files in dist/, tried in empty environments on each Python: `nox -s release`."""
