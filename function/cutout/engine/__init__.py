"""Bytes in, bytes out."""

from .pipeline import Engine

__all__ = ["Engine"]
