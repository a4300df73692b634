"""The HTTP API: one module an endpoint."""
