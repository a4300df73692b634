"""Image processing: pure functions of arrays and Pillow images. No clock, files or environment."""
