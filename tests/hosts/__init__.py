"""Workshops in other people's apps, servers and proxies: `nox -s hosts`."""
