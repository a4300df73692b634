"""Removes the background of a picture file: bytes in, bytes out."""

from .pipeline import Engine

__all__ = ["Engine"]
