"""Leave remove.bg and rembg: find their uses in a code base, and check the service that comes next.

Needs Python's standard library alone."""
