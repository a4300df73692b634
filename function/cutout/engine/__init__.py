"""Removes the background of a picture file: bytes in, bytes out."""
