"""Measures speed and memory, beside rembg's and by stage, function, page and image."""
