"""The subject's own colours at its soft edge, where a photo shows a mixture with its ground.

Forte & Pitié 2021 (ICASSP, "Approximate fast foreground colour estimation"): F and B are the means
of what is around, weighted by alpha and 1 - alpha, and what their mixture does not explain of the
photo I is the foreground's, by its opacity:

    F + alpha (I - alpha F - (1 - alpha) B)

First over wide windows, then over narrow ones. Both means are smooth, so they are found at a small
size, and only the formula is asked at the photo's own.
"""

import numpy as np
from PIL import Image

from . import tiles
from .arrays import Alpha, Map, Photo, Planes
from .geometry import at_most
from .window import box_sums

SIDE = 320  # px, of the longer one
RADII = (32, 4)  # px, at that size
EPSILON = 1e-5  # of a window's pixels

SOFT = [0] + [255] * 254 + [0]  # a table for Image.point


def restore(photo: Photo, alpha: Alpha) -> None:
    """In place, and where alpha is neither 0 nor 255 alone."""
    size = at_most(SIDE, photo.size)
    soft = alpha.point(SOFT)
    if not soft.getbbox():
        return
    small = alpha.resize(size, Image.Resampling.BOX)
    foreground, background = _estimate(photo.resize(size, Image.Resampling.BOX), small)
    for tile in tiles.touched(soft, photo.size):
        weight = np.asarray(alpha.crop(tile), np.float32)[..., None] / np.float32(255)
        f, b = (
            np.asarray(tiles.enlarged(one, tile, photo.size), np.float32)
            for one in (foreground, background)
        )
        own = _own(np.asarray(photo.crop(tile), np.float32), weight, f, b)
        pixels = (own.clip(0, 255) + np.float32(0.5)).astype(np.uint8)
        photo.paste(Image.fromarray(pixels), tile, soft.crop(tile).convert("1"))


def _estimate(photo: Image.Image, alpha: Alpha) -> tuple[Image.Image, Image.Image]:
    """Of foreground and background."""
    pixels = np.asarray(photo, np.float32).transpose(2, 0, 1)
    weight = np.asarray(alpha, np.float32) / np.float32(255)
    foreground = background = pixels
    for radius in RADII:
        own = _own(pixels, weight, foreground, background).clip(0, 255)
        foreground = _around(own, weight, radius)
        background = _around(background, 1 - weight, radius)
    return _picture(foreground), _picture(background)


def _around(colours: Planes, weight: Map, radius: int) -> Planes:
    """The mean over windows; where there is nothing of it, the colours as they are."""
    total = box_sums(weight, radius)
    mean = box_sums(colours * weight, radius)
    mean += EPSILON * colours
    mean /= total + np.float32(EPSILON)
    return mean


def _own(mixture: Planes, weight: Map, foreground: Planes, background: Planes) -> Planes:
    """Colours first or last, if only the weight goes with them."""
    mixed = weight * foreground + (1 - weight) * background
    own: Planes = foreground + weight * (mixture - mixed)
    return own


def _picture(colours: Planes) -> Image.Image:
    return Image.fromarray((colours.transpose(1, 2, 0) + np.float32(0.5)).astype(np.uint8))
