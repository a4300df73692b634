"""An alpha of 0 or 255 only, as rembg's post_process_mask makes it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .arrays import Alpha

HALF = [0] * 128 + [255] * 128  # a table for Image.point; rembg's threshold of 127
SMOOTH = ImageFilter.GaussianBlur(2)  # rembg's sigma, in px


def binary(alpha: Alpha) -> Alpha:
    """Opening by a cross of 3 px, which removes specks, then a blur, then a threshold at half."""
    opened = _over_cross(np.maximum, _over_cross(np.minimum, np.asarray(alpha)))
    return Image.fromarray(opened).filter(SMOOTH).point(HALF)


def _over_cross(pick: np.ufunc, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    padded = np.pad(values, 1, mode="edge")
    centre = padded[1:-1, 1:-1]
    picked: NDArray[np.uint8] = pick(centre, padded[:-2, 1:-1])
    for neighbour in (padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]):
        pick(picked, neighbour, out=picked)
    return picked
