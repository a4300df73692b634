"""Means over square windows of a whole plane. Sums near a mask are cheaper: see band."""

import numpy as np
from numpy.typing import NDArray

from .arrays import Map, Mask


def box_mean(values: Map | Mask, radius: int) -> NDArray[np.float64]:
    """Return means over (2 radius + 1)^2 px, (H, W); the image is padded by its border's values."""
    mean = values.astype(np.float64)
    for _ in ("rows", "columns"):
        sums = np.pad(mean, ((radius + 1, radius), (0, 0)), "edge").cumsum(0)
        mean = (sums[2 * radius + 1 :] - sums[: -2 * radius - 1]).T / (2 * radius + 1)
    return mean
