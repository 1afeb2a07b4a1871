"""Stylesheets as a browser would apply them that prefers another color scheme.

A frame's script asks for them where the browser doesn't give the frame the scheme that was chosen
for it (old ones, and those that emulate one); it may not read its stylesheets.
"""

import re

_QUERY = re.compile(rb"(?:^|&)st-scheme=(dark|light)(?:&|$)")
_FEATURE = re.compile(rb"\(\s*prefers-color-scheme\s*:\s*(\w+)\s*\)")
_IMPORT = re.compile(rb"(@import\s+(?:url\(\s*)?[\"']?)([^\"'()\s;#]+)")


def asked_scheme(query: bytes) -> bytes | None:
    """Return the color scheme that the query of an address asks for."""
    found = _QUERY.search(query)
    return found and found[1]


def in_scheme(sheet: bytes, scheme: bytes) -> bytes:
    """Return the stylesheet with its conditions on the scheme decided, also in what it imports."""

    def decided(found: re.Match[bytes]) -> bytes:
        return b"(min-width: 0)" if found[1] == scheme else b"(max-width: 0)"

    def imported(found: re.Match[bytes]) -> bytes:
        return b"%b%b%bst-scheme=%b" % (*found.groups(), b"&" if b"?" in found[2] else b"?", scheme)

    return _IMPORT.sub(imported, _FEATURE.sub(decided, sheet))
