"""API keys, credits and what was spent of them: `python -m tools.keys`."""
