"""The measures of `make evaluate` that tell of edges, for pictures of many megapixels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tools.evaluate.measures import fringe, matting, saliency
from tools.evaluate.measures.arrays import RGBA8, Mask, to_alpha

MEASURES = {
    "sad": "SAD",
    "mse": "MSE",
    "gradient": "gradient",
    "fringe": "fringe",
    "iou": "IoU",
}


@dataclass(frozen=True)
class Truth:
    pixels: RGBA8
    tile: tuple[slice, slice]  # holds the band: a picture of it all in floats is 100 MB at 12 MP
    band: Mask  # of the tile

    @classmethod
    def read(cls, path: Path) -> "Truth":
        pixels = read(path)
        tile = _around_the_soft(pixels)
        return cls(pixels, tile, matting.unknown_band(to_alpha(pixels[tile])))


def read(path: Path) -> RGBA8:
    with Image.open(path) as image:
        return np.asarray(image)


def _around_the_soft(pixels: RGBA8) -> tuple[slice, slice]:
    """And so much around, that no measure in the band misses anything."""
    margin = matting.BAND + matting.RADIUS
    is_soft = (pixels[..., 3] > 0) & (pixels[..., 3] < 255)
    rows, columns = (np.flatnonzero(is_soft.any(axis)) for axis in (1, 0))
    return (slice(max(rows[0] - margin, 0), rows[-1] + margin + 1),
            slice(max(columns[0] - margin, 0), columns[-1] + margin + 1))  # fmt: skip


def measure(cutout: RGBA8, truth: Truth) -> dict[str, float]:
    """Of the band alone, but for IoU."""
    mine, true = cutout[truth.tile], truth.pixels[truth.tile]
    alpha, true_alpha = to_alpha(mine), to_alpha(true)
    return {
        "sad": matting.sad(alpha, true_alpha, truth.band),
        "mse": matting.mse(alpha, true_alpha, truth.band),
        "gradient": matting.gradient_error(alpha, true_alpha, truth.band),
        "fringe": fringe.fringe(mine, true, truth.band),
        "iou": saliency.iou(to_alpha(cutout), to_alpha(truth.pixels)),
    }
