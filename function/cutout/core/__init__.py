"""Pixels: pure functions of arrays and Pillow images. No clock, no files, no environment."""
