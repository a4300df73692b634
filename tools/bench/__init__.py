"""How fast and how lean ours is beside rembg, both asked in turn: `make bench`."""
