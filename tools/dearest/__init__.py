"""Searches for the picture files that cost the most to read: `python -m tools.dearest`."""
