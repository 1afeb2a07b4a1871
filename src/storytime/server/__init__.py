"""HTTP, WebSocket and signals."""
