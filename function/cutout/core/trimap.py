"""Trimaps: 0 is known background, 255 known foreground, 128 unknown.

A trimap is made at some hundred px to a side, which is as fine as a network's saliency map.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .arrays import Map
from .geometry import enlarge
from .morphology import dilate, erode

Trimap: TypeAlias = Image.Image  # L

UNKNOWN = 128
LOW, HIGH = 13, 242  # of 255; saliency between them is uncertain
RADIUS = 4 / 3  # px of the map: how far its edge may be from the subject's


def from_uncertainty(saliency: Map, size: tuple[int, int]) -> Trimap:
    """Return a trimap of (width, height) that is unknown where saliency is uncertain, and near."""
    values = enlarge(saliency, size)
    is_uncertain = values.point([255 if LOW < value < HIGH else 0 for value in range(256)])
    radius = max(1, round(RADIUS * max(size) / len(saliency)))
    unknown = dilate(np.asarray(is_uncertain), radius)
    trimap = values.point([0] * 128 + [255] * 128)
    trimap.paste(UNKNOWN, mask=_mask(unknown))
    return trimap


def from_thresholds(
    saliency: Map, size: tuple[int, int], foreground: int, background: int, erode_px: float
) -> Trimap:
    """Return a trimap of (width, height) as rembg makes it.

    Saliency above `foreground` of 255 is foreground, and below `background` of 255 background; both
    are eroded by a square whose side is erode_px.
    """
    values = enlarge(saliency, size)
    trimap = Image.new("L", size, UNKNOWN)
    for known, is_known in (
        (255, [0] * (foreground + 1) + [255] * (255 - foreground)),
        (0, [255] * background + [0] * (256 - background)),
    ):
        eroded = erode(np.asarray(values.point(is_known)), round(erode_px / 2))
        trimap.paste(known, mask=_mask(eroded))
    return trimap


def _mask(values: NDArray[np.uint8]) -> Image.Image:
    """Return a mask for Image.paste, of mode 1, from an array of 0 and 255."""
    return Image.fromarray(np.ascontiguousarray(values)).convert("1")
