"""Foreground estimation: the subject's own colours where alpha mixes them with the background.

Forte & Pitié 2021 (ICASSP, "Approximate fast foreground colour estimation"): F and B are local
means of the photo I, weighted by alpha and 1 - alpha, and the residual of their mixture goes to the
foreground in proportion to alpha:

    F + alpha (I - alpha F - (1 - alpha) B)  =  alpha I + (1 - alpha) (F + alpha (F - B))

First in wide windows, then in narrow ones. Both means are smooth, so they are computed at a small
size, the wide ones from cells of a smaller one, and only the formula at the photo's own.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import strips
from .arrays import Alpha, Map, Photo, Planes
from .band import Band, ByRows, Windows
from .enlarged import Channels, Enlarged
from .geometry import GAP, at_most
from .morphology import dilate

SIDE = 80  # cells, along the longer side
CELL = 4  # px of the small size, which is 320 px
WIDE, NARROW = 8, 4  # radii of the windows, in cells and in px of the small size
EPSILON = np.float32(1e-7)  # of a window's pixels
WHITE = np.float32(255)

SOFT = [0] + [255] * 254 + [0]  # a table for Image.point
MARGIN_PX = 2
PIXEL = "V3"  # three bytes as one item, which numpy copies in half the time


def restore(photo: Photo, alpha: Alpha) -> None:
    """Replace the photo's colours by the foreground's, in place, where 0 < alpha < 255."""
    soft = alpha.point(SOFT)
    if not soft.getbbox():
        return
    foreground, contrast = (Enlarged(one, photo.size) for one in _estimate(photo, alpha))
    for box, places in strips.marked(soft):
        at = strips.positions(box, places)
        strip = np.array(photo.crop(box))
        pixels = strip.reshape(-1, 3)
        weight = np.asarray(alpha.crop(box)).reshape(-1).take(places).astype(np.float32) / WHITE
        mixture = np.zeros((len(places), 4), np.float32)
        mixture[:, :3] = pixels.take(places, axis=0)
        weights = np.repeat(weight, 4).reshape(-1, 4)
        estimate = _blend_residual(mixture, weights, foreground.at(*at), contrast.at(*at))
        restored = (estimate[:, :3].clip(0, 255) + np.float32(0.5)).astype(np.uint8)
        pixels.view(PIXEL)[places] = restored.view(PIXEL)
        photo.paste(Image.fromarray(strip), box)


def _estimate(photo: Photo, alpha: Alpha) -> tuple[Channels, Channels]:
    """Return the foreground F and F - B at a small size: I and 0 far from an edge.

    They are (H, W, 4), with nothing in the last channel: numpy takes rows of four faster than of
    three."""
    cells = at_most(SIDE, photo.size)
    size = cells[0] * CELL, cells[1] * CELL
    small_photo, small = (
        one.resize(size, Image.Resampling.BOX, reducing_gap=GAP) for one in (photo, alpha)
    )
    colours, opacity = np.array(small_photo, np.float32), np.asarray(small)
    band = Band(dilate((opacity > 0) & (opacity < 255), MARGIN_PX), NARROW)
    weight = opacity.astype(np.float32) / WHITE
    planes = np.ascontiguousarray(colours.transpose(2, 0, 1))
    pixels, local = band.gather(planes), band.gather(weight)
    wide = Enlarged(_wide_means(planes, weight), size).at(*band.positions).T
    foreground, background = wide[:3], wide[3:]
    contrast = foreground - background
    estimate = _blend_residual(pixels, local, foreground, contrast).clip(0, 255)
    foreground, background = _narrow_means(band, pixels, local, estimate, background)
    results = np.zeros((2, *opacity.shape, 4), np.float32)
    results[0, ..., :3] = colours
    band.scatter(foreground, results[0, ..., :3])
    band.scatter(foreground - background, results[1, ..., :3])
    return results[0], results[1]


def _wide_means(colours: Planes, weight: Map) -> Channels:
    """Return the means of colours, weighted by weight and by 1 - weight, (H, W, 6) in cells."""
    weights = np.stack([weight, 1 - weight])
    planes = np.concatenate([weights, weight * colours, (1 - weight) * colours])
    cells = np.stack([np.asarray(Image.fromarray(plane).reduce(CELL)) for plane in planes])
    band = Band(np.ones(cells.shape[1:], bool), WIDE)
    means = Windows(band, WIDE).means(band.gather(cells)).take(band.by_rows, axis=-1)
    means[2:5] /= means[0] + EPSILON
    means[5:] /= means[1] + EPSILON
    wide = np.empty((*cells.shape[1:], 6), np.float32)
    band.scatter(means[2:], wide)
    return wide


def _narrow_means(
    band: Band, pixels: ByRows, weight: ByRows, foreground: ByRows, background: ByRows
) -> tuple[ByRows, ByRows]:
    """Return the means of foreground and background, weighted by weight and by 1 - weight, (3, N);
    the pixels where all weights are 0."""
    inside = band.is_inside.astype(np.float32)
    rest = inside - weight
    planes = np.concatenate([weight[None], rest[None], weight * foreground, rest * background])
    means = Windows(band, NARROW).means(planes).take(band.by_rows, axis=-1)
    return (
        (means[2:5] + EPSILON * pixels) / (means[0] + EPSILON),
        (means[5:] + EPSILON * pixels) / (means[1] + EPSILON),
    )


def _blend_residual(
    mixture: NDArray[np.float32],
    weight: NDArray[np.float32],
    foreground: NDArray[np.float32],
    contrast: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return alpha I + (1 - alpha) (F + alpha (F - B)), from the contrast F - B."""
    estimate = weight * contrast
    estimate += foreground
    estimate *= 1 - weight
    mixture *= weight
    estimate += mixture
    return estimate
