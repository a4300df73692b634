"""Closed-form matting in the unknown band of a trimap, with the saliency map as a prior.

The matting Laplacian (see guided_filter) is solved for alpha at a small size and then, from that
solution, at a larger one. Its local linear coefficients turn the photo's own pixels into alpha.
The prior weighs more where the map is more certain: where subject and background look alike, the
picture alone would decide nothing. Large windows at a small size find hair that the map has lost,
which a closed form at full size does not; they also take bricks for skin. So FAST, the default, has
small windows. The map stays where the photo does not support what the closed form found.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from . import support, tiles
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


@dataclass(frozen=True)
class Method:
    """How edges are refined, and how far the refined alpha may depart from the map."""

    levels: tuple[Level, ...]
    reach_px: int  # px of the map by which its edges may move
    slack: float  # map values this near to 0 or 1 may become 0 or 1: a dip can open to a hole
    # R² of the photo by alpha: up to the first the map stays, from the second alpha replaces it.
    support: tuple[float, float]


# Support and reach of FAST leave dev's max-F and boundary F where the map has them (+.0005, -.0002;
# without either -.0023, -.0026). FINE is for thin and loose parts, whose R² is low: it gives up
# only what explains next to nothing.
FAST = Method((Level(320, 2, 1.0, 10), Level(512, 2, 0.1, 2)), 2, 0.0, (0.2, 0.6))
FINE = Method((Level(320, 8, 0.1, 30), Level(1024, 4, 0.05, 5)), 16, 0.2, (0.0, 0.2))

CERTAINTY = 4  # exponent of the map's certainty, |2 map - 1|
RESIDUE = 0.05  # of opacity: values nearer to 0 or 1 become 0 or 1; solutions seldom get there
TOLERANCE = 1e-9
WHITE = np.float32(255)

OPAQUE = [0] * 129 + [255] * 127  # tables for Image.point
IS_UNKNOWN = [255 if value == UNKNOWN else 0 for value in range(256)]


def refine(
    photo: Photo,
    saliency: Map,
    trimap: Trimap,
    method: Method,
    more_px: int = 0,
) -> Alpha:
    """Return the alpha at the photo's size: 0 and 255 where the trimap is known.

    The saliency map is (S, S), the trimap of any size; `method` is FAST or FINE. `more_px` is
    added to the method's reach.
    """
    is_unknown = trimap.point(IS_UNKNOWN)
    # Enlarged once: a tile of it by itself would be rounded to other pixels at its border.
    enlarged = trimap.resize(photo.size, Image.Resampling.NEAREST)
    alpha = enlarged.point(OPAQUE)
    if not is_unknown.getbbox():
        return alpha
    coefficients = _solve(photo, saliency, trimap, method)
    small = at_most(len(saliency), photo.size)
    bounds = support.bounds(saliency, small, method.reach_px + more_px, method.slack)
    for tile in tiles.touched(is_unknown, photo.size):
        local = _stack(tiles.enlarged(plane, tile, photo.size) for plane in coefficients)
        low, high = _stack(tiles.enlarged(bound, tile, photo.size) for bound in bounds) / WHITE
        values = apply_coefficients(local, to_colours(photo.crop(tile))).clip(low, high)
        mask = enlarged.crop(tile).point(IS_UNKNOWN, "1")
        alpha.paste(Image.fromarray(to_uint8(values)), tile, mask)
    return alpha


def _solve(photo: Photo, saliency: Map, trimap: Trimap, method: Method) -> list[Image.Image]:
    """Return the four coefficients of the last level, a picture each, mixed with the map."""
    coefficients: list[Image.Image] = []
    weight: Map
    enlarged = max(1, len(saliency) / method.levels[-1].side)  # a large map keeps its detail
    for level in method.levels:
        size = at_most(round(level.side * enlarged), photo.size)
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
        fitted = guide.coefficients(alpha)
        coefficients = [Image.fromarray(plane) for plane in fitted]
    small = at_most(len(saliency), photo.size)
    colours = to_colours(photo.resize(small, Image.Resampling.BOX))
    reduced = Image.fromarray(_saturate(alpha)).resize(small, Image.Resampling.BOX)
    weight = support.weight(colours, np.asarray(reduced), *method.support)
    return [Image.fromarray(plane) for plane in _keep_map(fitted, weight, saliency)]


def _keep_map(coefficients: Planes, weight: Map, saliency: Map) -> Planes:
    """Return coefficients, (4, H, W), of the mean of the saturated alpha and of the map, by weight.

    Mixing coefficients costs nothing at the photo's own size; mixing alphas would.
    """
    size = coefficients.shape[2], coefficients.shape[1]
    share, map = _resize([Image.fromarray(weight), Image.fromarray(saliency)], size)
    mixed: Planes = coefficients * (share / (1 - 2 * RESIDUE))
    mixed[3] += (1 - share) * map - share * (RESIDUE / (1 - 2 * RESIDUE))
    return mixed


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
