"""Drawn scenes, of which the alpha and the colours of the subject are known exactly."""

from collections.abc import Iterator

from . import animal, hard, limit, logo, portrait, product
from .scene import Scene

ORDINARY = ("portrait", "animal", "product", "logo", "hard")
LIMITS = ("several subjects", "similar colours", "motion blur", "tiny subject")

__all__ = ["LIMITS", "ORDINARY", "Scene", "scenes"]


def scenes() -> Iterator[Scene]:
    """The same ones each time, without network and without files of our own."""
    for subject in (portrait, animal, product, logo, hard, limit):
        yield from subject.scenes()
