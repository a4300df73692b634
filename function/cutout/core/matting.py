"""Closed-form matting in the unknown band of a trimap, with the saliency map as a prior.

The matting Laplacian (see guided_filter) is solved for alpha at a small size and then, from that
solution, at a larger one. Its local linear coefficients turn the photo's own pixels into alpha.
The prior weighs more where the map is more certain: where subject and background look alike, the
picture alone would decide nothing. Large windows at a small size find hair that the map has lost,
which a closed form at full size does not; they also take bricks for skin. So FAST, the default, has
small windows. The map stays where the photo does not support what the closed form found.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import strips, support
from .arrays import Alpha, Map, Mask, Photo, to_uint8
from .band import ByRows
from .closed_form import IS_UNKNOWN, ClosedForm
from .enlarged import Channels, Enlarged
from .geometry import at_most
from .morphology import dilate
from .trimap import Trimap


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
WHITE = np.float32(255)
LEAST_PX = 2  # px of the photo that is averaged by whole pixels, for each px of a level

OPAQUE = [0] * 129 + [255] * 127  # a table for Image.point


def refine(
    photo: Photo,
    saliency: Map,
    trimap: Trimap,
    method: Method,
    more_px: int = 0,
) -> Alpha:
    """Return the alpha at the photo's size: 0 and 255 where the trimap is known.

    The photo is RGB, the saliency map (S, S), the trimap of any size; `method` is FAST or FINE.
    `more_px` is added to the method's reach.
    """
    alpha = trimap.point(OPAQUE).resize(photo.size, Image.Resampling.NEAREST)
    is_unknown = trimap.point(IS_UNKNOWN)
    if not is_unknown.getbbox():
        return alpha
    coefficients = Enlarged(_solve(photo, saliency, trimap, method), photo.size)
    small = at_most(len(saliency), photo.size)
    low_high = support.bounds(saliency, small, method.reach_px + more_px, method.slack)
    bounds = Enlarged(np.asarray(Image.merge("LA", low_high), np.float32) / WHITE, photo.size)
    for box, places in strips.marked(is_unknown.resize(photo.size, Image.Resampling.NEAREST)):
        at = strips.positions(box, places)
        slopes, offset = np.split(coefficients.at(*at), [3], axis=1)
        pixels = np.asarray(photo.crop(box)).reshape(-1, 3).take(places, axis=0)
        values = np.einsum("nc,nc->n", slopes, pixels.astype(np.float32)) + offset[:, 0]
        low, high = bounds.at(*at).T
        strip = np.array(alpha.crop(box))
        strip.reshape(-1)[places] = to_uint8(values.clip(low, high))
        alpha.paste(Image.fromarray(strip), box)
    return alpha


def _solve(photo: Photo, saliency: Map, trimap: Trimap, method: Method) -> Channels:
    """Return the coefficients, (H, W, 4), by which the photo's pixels, 0..255, give alpha."""
    enlarged = max(1, len(saliency) / method.levels[-1].side)  # a large map keeps its detail
    sizes = [at_most(round(level.side * enlarged), photo.size) for level in method.levels]
    small = at_most(len(saliency), photo.size)
    reduced = _reduce(photo, {*sizes, small})
    coefficients: Channels | None = None
    for level, size in zip(method.levels, sizes, strict=True):
        form = ClosedForm(reduced[size], trimap, level.radius)
        plane = np.asarray(Image.fromarray(saliency).resize(size, Image.Resampling.BILINEAR))
        map = form.band.gather(plane)
        if coefficients is None:
            prior, weight = map, level.prior * _certainty(map)
        else:
            prior = _saturate(form.apply(coefficients))
            weight = np.full_like(prior, level.prior)
        alpha = form.solve(prior, weight, level.steps)
        fitted = form.fit(alpha)
        coefficients = np.zeros((*plane.shape, 4), np.float32)
        form.band.scatter(fitted, coefficients)
    supported = _support(reduced[small], form.to_plane(alpha), form.wanted, method)
    share = Enlarged(supported[..., None], size).at(*form.band.positions)[:, 0]
    coefficients = plane[..., None] * np.array([0, 0, 0, 1], np.float32)
    form.band.scatter(_to_photo_values(_keep_map(fitted, share, map)), coefficients)
    return coefficients


def _reduce(photo: Photo, sizes: set[tuple[int, int]]) -> dict[tuple[int, int], Photo]:
    """Return the photo at each of the sizes. A large photo is first averaged by whole pixels."""
    factor = max(1, max(photo.size) // (LEAST_PX * max(map(max, sizes))))
    whole = photo.reduce(factor)
    part = (0, 0, photo.width / factor, photo.height / factor)
    return {size: whole.resize(size, Image.Resampling.BOX, part) for size in sizes}


def _support(photo: Photo, alpha: Map, wanted: Mask, method: Method) -> Map:
    """Return how far a small photo supports an alpha where it is wanted, at the photo's size."""
    reduced, near = (
        np.asarray(Image.fromarray(plane).resize(photo.size, Image.Resampling.BOX))
        for plane in (_saturate(alpha), wanted.astype(np.float32))
    )
    return support.weight(photo, reduced, dilate(near > 0, 1), *method.support)


def _keep_map(coefficients: ByRows, share: ByRows, map: ByRows) -> ByRows:
    """Return coefficients, (4, N), of the mean of the saturated alpha and of the map, by share.

    Mixing coefficients costs nothing at the photo's own size; mixing alphas would.
    """
    mixed: ByRows = coefficients * (share / (1 - 2 * RESIDUE))
    mixed[3] += (1 - share) * map - share * (RESIDUE / (1 - 2 * RESIDUE))
    return mixed


def _to_photo_values(coefficients: ByRows) -> ByRows:
    """Return coefficients of colours in 0..255 instead of -0.5..0.5."""
    coefficients[3] -= coefficients[:3].sum(0) / 2
    coefficients[:3] /= WHITE
    return coefficients


def _certainty(saliency: ByRows) -> ByRows:
    certainty: ByRows = np.abs(2 * saliency - 1) ** CERTAINTY
    return certainty


def _saturate(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move values within RESIDUE of 0 or 1 there, and stretch the rest."""
    return ((alpha - RESIDUE) / (1 - 2 * RESIDUE)).clip(0, 1)
