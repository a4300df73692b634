"""Which pixels are known: 0 is background, 255 foreground, and 128 what the picture has to decide.

At (width, height) of some hundred px, which is as much as a network's map tells.
"""

from typing import TypeAlias

import numpy as np
from PIL import Image

from .arrays import Map
from .geometry import enlarge

Trimap: TypeAlias = Image.Image  # L

UNKNOWN = 128
LOW, HIGH = 13, 242  # of 255; between them the map says itself that it is not sure
REACH = 1 / 240  # of the longer side: how far the map's edge may be from the subject's
INVERSE = list(range(255, -1, -1))  # a table for Image.point


def of_uncertainty(saliency: Map, size: tuple[int, int]) -> Trimap:
    """Unknown is where the map is soft, and what is near to there."""
    values = enlarge(saliency, size)
    soft = values.point([255 if LOW < value < HIGH else 0 for value in range(256)])
    trimap = values.point([0] * 128 + [255] * 128)
    trimap.paste(UNKNOWN, mask=_grown(soft, max(1, round(REACH * max(size)))).convert("1"))
    return trimap


def of_thresholds(
    saliency: Map, size: tuple[int, int], foreground: int, background: int, erode_px: float
) -> Trimap:
    """As rembg makes it: foreground is above one value of 0..255, background is below another, and
    both shrink by a square whose side is erode_px."""
    values = enlarge(saliency, size)
    reach = round(erode_px / 2)
    trimap = Image.new("L", size, UNKNOWN)
    for known, is_other in (
        (255, [255] * (foreground + 1) + [0] * (255 - foreground)),
        (0, [0] * background + [255] * (256 - background)),
    ):
        is_known = _grown(values.point(is_other), reach).point(INVERSE)
        trimap.paste(known, mask=is_known.convert("1"))
    return trimap


def _grown(mask: Image.Image, reach: int) -> Image.Image:
    """By squares of 2 reach + 1. Pillow's filter looks at every pixel of each; here runs double."""
    pixels, wanted = np.asarray(mask), 2 * reach + 1
    for _ in ("rows", "columns"):
        pixels, length = np.pad(pixels, ((reach, reach), (0, 0))), 1
        while length < wanted:
            step = min(length, wanted - length)
            pixels, length = np.maximum(pixels[:-step], pixels[step:]), length + step
        pixels = pixels.T
    return Image.fromarray(np.ascontiguousarray(pixels))
