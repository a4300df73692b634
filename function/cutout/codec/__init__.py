"""Picture files to pixels in sRGB, and pictures to files."""

from .reader import decode, measure, media_type
from .writer import encode

__all__ = ["decode", "encode", "measure", "media_type"]
