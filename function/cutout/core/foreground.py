"""Foreground estimation: the subject's own colours where alpha mixes them with the background.

Forte & Pitié 2021 (ICASSP, "Approximate fast foreground colour estimation"): F and B are local
means of the photo I, weighted by alpha and 1 - alpha, and the residual of their mixture goes to the
foreground in proportion to alpha:

    F + alpha (I - alpha F - (1 - alpha) B)

First in wide windows, then in narrow ones. Both means are smooth, so they are computed at a small
size, and only the formula is evaluated at the photo's own.
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
    """Replace the photo's colours by the foreground's, in place, where 0 < alpha < 255."""
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
        estimate = _blend_residual(np.asarray(photo.crop(tile), np.float32), weight, f, b)
        pixels = (estimate.clip(0, 255) + np.float32(0.5)).astype(np.uint8)
        photo.paste(Image.fromarray(pixels), tile, soft.crop(tile).convert("1"))


def _estimate(photo: Image.Image, alpha: Alpha) -> tuple[Image.Image, Image.Image]:
    """Return estimates of foreground and background, RGB at the size of the photo."""
    pixels = np.asarray(photo, np.float32).transpose(2, 0, 1)
    weight = np.asarray(alpha, np.float32) / np.float32(255)
    foreground = background = pixels
    for radius in RADII:
        estimate = _blend_residual(pixels, weight, foreground, background).clip(0, 255)
        foreground = _weighted_mean(estimate, weight, radius)
        background = _weighted_mean(background, 1 - weight, radius)
    return _to_picture(foreground), _to_picture(background)


def _weighted_mean(colours: Planes, weight: Map, radius: int) -> Planes:
    """Return weighted means over windows, (3, H, W); the colours where all weights are 0."""
    total = box_sums(weight, radius)
    mean = box_sums(colours * weight, radius)
    mean += EPSILON * colours
    mean /= total + np.float32(EPSILON)
    return mean


def _blend_residual(mixture: Planes, weight: Map, foreground: Planes, background: Planes) -> Planes:
    """Return F + alpha (I - alpha F - (1 - alpha) B), with colours in any axis that broadcasts."""
    mixed = weight * foreground + (1 - weight) * background
    estimate: Planes = foreground + weight * (mixture - mixed)
    return estimate


def _to_picture(colours: Planes) -> Image.Image:
    return Image.fromarray((colours.transpose(1, 2, 0) + np.float32(0.5)).astype(np.uint8))
