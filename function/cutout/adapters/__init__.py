"""The edges: they translate and never decide."""
