"""Fringe: what the old background leaves in the edge, as seen on new backgrounds."""

import numpy as np
from numpy.typing import NDArray

from .arrays import RGBA8, Mask

GROUNDS = ((255, 255, 255), (0, 0, 0), (0, 255, 0))  # white and black show halos, green shows both


def fringe(cutout: RGBA8, truth: RGBA8, where: Mask) -> float:
    """Compute the mean absolute difference, 0..255, of both over white, black and green.

    where: the pixels that count, at least one.
    """
    errors = [_over(cutout[where], ground) - _over(truth[where], ground) for ground in GROUNDS]
    return float(np.abs(errors).mean())


def _over(pixels: NDArray[np.uint8], ground: tuple[int, int, int]) -> NDArray[np.float64]:
    """Composite (N, 4) pixels over a colour, gamma-encoded and without rounding: (N, 3)."""
    alpha = pixels[:, 3:] / 255
    return pixels[:, :3] * alpha + np.array(ground) * (1 - alpha)
