"""What the old background leaves in the edge, seen on new ones."""

import numpy as np
from numpy.typing import NDArray

from .arrays import RGBA8, Mask

GROUNDS = ((255, 255, 255), (0, 0, 0), (0, 255, 0))  # white and black show halos, green shows both


def fringe(cutout: RGBA8, truth: RGBA8, where: Mask) -> float:
    """Mean absolute difference of colour on the three grounds, 0..255; `where` holds a pixel."""
    errors = [_over(cutout[where], ground) - _over(truth[where], ground) for ground in GROUNDS]
    return float(np.abs(errors).mean())


def _over(pixels: NDArray[np.uint8], ground: tuple[int, int, int]) -> NDArray[np.float64]:
    """Porter-Duff over on gamma-encoded values, not rounded. (N, 4) in, (N, 3) out."""
    alpha = pixels[:, 3:] / 255
    return pixels[:, :3] * alpha + np.array(ground) * (1 - alpha)
