"""From a soft map to an alpha that follows the picture, in the unknown band only.

The picture's Laplacian (see guide.py) is solved for the alpha at a small size, then at a larger one
starting from the first; and its local linear coefficients make the alpha of the photo's own pixels.
The map stays as a prior, the more so the surer it is: where the subject looks like its ground, the
picture alone would say anything. Large windows at the small size find hair that the map has lost,
which a closed form at full size does not; they also find bricks that look like skin. So FAST, the
default, takes small ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import tiles
from .arrays import Alpha, Map, Photo, Planes, to_uint8
from .geometry import at_most
from .guide import Guide, applied, to_colours
from .trimap import UNKNOWN, Trimap


@dataclass(frozen=True)
class Level:
    side: int  # px, of the longer one
    radius: int  # px, of the windows
    prior: float  # what was there before weighs this much, and the picture 1
    steps: int  # of conjugate gradients


FAST = (Level(320, 2, 1.0, 10), Level(512, 2, 0.1, 2))
FINE = (Level(320, 8, 0.1, 30), Level(1024, 4, 0.05, 5))

SURE = 4  # exponent of the map's sureness, |2 map - 1|
RESIDUE = 0.05  # of opacity: what is nearer to 0 or 1 becomes it; solutions seldom get there
SOLVED = 1e-9  # the sum of squared residuals at which it stops

KNOWN = [0] * 129 + [255] * 127  # tables for Image.point
OPEN = [255 if value == UNKNOWN else 0 for value in range(256)]


def refine(photo: Photo, saliency: Map, trimap: Trimap, levels: Sequence[Level]) -> Alpha:
    """The alpha at the photo's size. What the trimap knows stays as it is."""
    is_open = trimap.point(OPEN)
    # Enlarged once: a tile of it by itself would be rounded to other pixels at its border.
    known = trimap.resize(photo.size, Image.Resampling.NEAREST)
    alpha = known.point(KNOWN)
    if not is_open.getbbox():
        return alpha
    coefficients = _solve(photo, saliency, trimap, levels)
    for tile in tiles.touched(is_open, photo.size):
        local = _stacked(tiles.enlarged(plane, tile, photo.size) for plane in coefficients)
        values = _settle(applied(local, to_colours(photo.crop(tile))))
        mask = known.crop(tile).point(OPEN, "1")
        alpha.paste(Image.fromarray(to_uint8(values)), tile, mask)
    return alpha


def _solve(
    photo: Photo, saliency: Map, trimap: Trimap, levels: Sequence[Level]
) -> list[Image.Image]:
    """The coefficients of the last level, a picture each."""
    coefficients: list[Image.Image] = []
    weight: Map
    for level in levels:
        size = at_most(level.side, photo.size)
        colours = to_colours(photo.resize(size, Image.Resampling.BOX))
        guide = Guide(colours, level.radius)
        if coefficients:
            prior = _settle(applied(_all_at(coefficients, size), colours))
            weight = np.full_like(prior, level.prior)
        else:
            prior = _all_at([Image.fromarray(saliency)], size)[0]
            weight = level.prior * _sureness(prior)
        known = np.asarray(trimap.resize(size, Image.Resampling.NEAREST))
        is_open = known == UNKNOWN
        start = np.where(is_open, prior, known > UNKNOWN).astype(np.float32)
        alpha = _descend(guide, start, weight * is_open, is_open, level.steps)
        coefficients = [Image.fromarray(plane) for plane in guide.coefficients(alpha)]
    return coefficients


def _descend(guide: Guide, alpha: Map, weight: Map, is_open: NDArray[np.bool_], steps: int) -> Map:
    """Conjugate gradients for (L + weight) x = weight alpha where it is open."""
    rest: Map = -guide.laplacian(alpha) * is_open
    direction, left = rest, float((rest * rest).sum())
    for _ in range(steps):
        if left < SOLVED:
            break
        image: Map = (guide.laplacian(direction) + weight * direction) * is_open
        share = np.float32(left / float((direction * image).sum()))
        alpha = alpha + share * direction
        rest = rest - share * image
        left, before = float((rest * rest).sum()), left
        direction = rest + np.float32(left / before) * direction
    return alpha.clip(0, 1)


def _sureness(saliency: Map) -> Map:
    sureness: Map = np.abs(2 * saliency - 1) ** SURE
    return sureness


def _all_at(planes: Sequence[Image.Image], size: tuple[int, int]) -> Planes:
    return _stacked(plane.resize(size, Image.Resampling.BILINEAR) for plane in planes)


def _stacked(planes: Iterable[Image.Image]) -> Planes:
    return np.stack([np.asarray(plane, np.float32) for plane in planes])


def _settle(alpha: Map) -> Map:
    return ((alpha - RESIDUE) / (1 - 2 * RESIDUE)).clip(0, 1)
