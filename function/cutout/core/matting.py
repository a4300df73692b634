"""Closed-form matting in the unknown band of a trimap, with the saliency map as a prior.

The matting Laplacian (see guided_filter) is solved for alpha at a small size and then, from that
solution, at a larger one. Its local linear coefficients turn the photo's own pixels into alpha.
The prior weighs more where the map is more certain: where subject and background look alike, the
picture alone would decide nothing. Large windows at a small size find hair that the map has lost,
which a closed form at full size does not; they also take bricks for skin. So FAST, the default, has
small windows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import tiles
from .arrays import Alpha, Map, Mask, Photo, Planes, to_uint8
from .geometry import at_most
from .guided_filter import GuidedFilter, apply_coefficients, to_colours
from .solver import conjugate_gradient
from .trimap import UNKNOWN, Trimap


@dataclass(frozen=True)
class Level:
    side: int  # px, of the longer one
    radius: int  # px, of the windows
    prior: float  # weight of the alpha before this level, where the picture's is 1
    steps: int  # of conjugate gradients


FAST = (Level(320, 2, 1.0, 10), Level(512, 2, 0.1, 2))
FINE = (Level(320, 8, 0.1, 30), Level(1024, 4, 0.05, 5))

CERTAINTY = 4  # exponent of the map's certainty, |2 map - 1|
RESIDUE = 0.05  # of opacity: values nearer to 0 or 1 become 0 or 1; solutions seldom get there
TOLERANCE = 1e-9

OPAQUE = [0] * 129 + [255] * 127  # tables for Image.point
IS_UNKNOWN = [255 if value == UNKNOWN else 0 for value in range(256)]


def refine(photo: Photo, saliency: Map, trimap: Trimap, levels: Sequence[Level]) -> Alpha:
    """Return the alpha at the photo's size: 0 and 255 where the trimap is known.

    The saliency map is (S, S), the trimap of any size; `levels` are FAST or FINE.
    """
    is_unknown = trimap.point(IS_UNKNOWN)
    # Enlarged once: a tile of it by itself would be rounded to other pixels at its border.
    enlarged = trimap.resize(photo.size, Image.Resampling.NEAREST)
    alpha = enlarged.point(OPAQUE)
    if not is_unknown.getbbox():
        return alpha
    coefficients = _solve(photo, saliency, trimap, levels)
    for tile in tiles.touched(is_unknown, photo.size):
        local = _stack(tiles.enlarged(plane, tile, photo.size) for plane in coefficients)
        values = _saturate(apply_coefficients(local, to_colours(photo.crop(tile))))
        mask = enlarged.crop(tile).point(IS_UNKNOWN, "1")
        alpha.paste(Image.fromarray(to_uint8(values)), tile, mask)
    return alpha


def _solve(
    photo: Photo, saliency: Map, trimap: Trimap, levels: Sequence[Level]
) -> list[Image.Image]:
    """Return the four coefficients of the last level, a picture each."""
    coefficients: list[Image.Image] = []
    weight: Map
    for level in levels:
        size = at_most(level.side, photo.size)
        colours = to_colours(photo.resize(size, Image.Resampling.BOX))
        guide = GuidedFilter(colours, level.radius)
        if coefficients:
            prior = _saturate(apply_coefficients(_resize(coefficients, size), colours))
            weight = np.full_like(prior, level.prior)
        else:
            prior = _resize([Image.fromarray(saliency)], size)[0]
            weight = level.prior * _certainty(prior)
        known = np.asarray(trimap.resize(size, Image.Resampling.NEAREST))
        is_unknown = known == UNKNOWN
        start = np.where(is_unknown, prior, known > UNKNOWN).astype(np.float32)
        alpha = _solve_level(guide, start, weight * is_unknown, is_unknown, level.steps)
        coefficients = [Image.fromarray(plane) for plane in guide.coefficients(alpha)]
    return coefficients


def _solve_level(guide: GuidedFilter, start: Map, weight: Map, is_unknown: Mask, steps: int) -> Map:
    """Solve (L + weight) alpha = weight start where alpha is unknown, and return it in 0..1."""

    def multiply(alpha: Map) -> Map:
        return (guide.laplacian(alpha) + weight * alpha) * is_unknown

    residual = -guide.laplacian(start) * is_unknown
    alpha = conjugate_gradient(multiply, start, residual, steps=steps, tolerance=TOLERANCE)
    return alpha.clip(0, 1)


def _certainty(saliency: Map) -> Map:
    certainty: Map = np.abs(2 * saliency - 1) ** CERTAINTY
    return certainty


def _resize(planes: Sequence[Image.Image], size: tuple[int, int]) -> Planes:
    return _stack(plane.resize(size, Image.Resampling.BILINEAR) for plane in planes)


def _stack(planes: Iterable[Image.Image]) -> Planes:
    return np.stack([np.asarray(plane, np.float32) for plane in planes])


def _saturate(alpha: Map) -> Map:
    """Move values within RESIDUE of 0 or 1 there, and stretch the rest."""
    return ((alpha - RESIDUE) / (1 - 2 * RESIDUE)).clip(0, 1)
