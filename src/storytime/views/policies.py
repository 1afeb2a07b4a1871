"""What browsers let the workshop's pages do, and stories."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
"""The Content-Security-Policy of the workshop's pages: nothing inline, nothing from other hosts. It
doesn't apply to stories, whose documents have another origin."""

SANDBOX = (
    "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals"
    " allow-downloads"
)
"""What the sandbox allows stories to do. Other sites work in tabs that links open, outside of it;
the server sandboxes stories and static files in tabs, too."""
