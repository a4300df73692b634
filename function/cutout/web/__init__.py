"""The HTTP API: one module for each contract's endpoints."""
