"""Ours and our peers, each in a process and an environment of its own, asked in one way."""
