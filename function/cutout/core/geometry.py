"""Sizes and boxes: between the photo and the network's square input."""

import numpy as np
from PIL import Image

from .arrays import RGB8, Alpha, Map, Photo, Rectangle, to_uint8

GAP = 3.0  # of Image.resize: "indistinguishable from fair resampling in most cases"
VISIBLE = 26  # of 255: an opacity below a tenth is not seen


def squash(photo: Photo, side: int, part: Rectangle | None = None) -> RGB8:
    """Return the photo, or a part of it, distorted to a square of this side, as U2-Net's training
    images are. No large part is copied at its own size."""
    rgb = photo if photo.mode == "RGB" else photo.convert("RGB")  # a convert of nothing copies
    box = part or (0, 0, *rgb.size)
    # Averaging whole pixels first leaves three to each of the network's, which Lanczos cannot
    # tell from all of them, and takes a fifth of the time.
    if (factor := min(sides(box)) // (3 * side)) > 1:
        rgb = rgb.reduce(factor, box)
    elif box != (0, 0, *rgb.size):
        rgb = rgb.crop(box)
    # Columns first, as Pillow did when the networks were first used. From Pillow 13 on it takes
    # what is cheaper first, and what it rounds in between moves the map by up to 0.12.
    columns = rgb.resize((side, rgb.height), Image.Resampling.LANCZOS)
    return np.asarray(columns.resize((side, side), Image.Resampling.LANCZOS))


def enlarge(saliency: Map, size: tuple[int, int]) -> Alpha:
    """Return the map at (width, height), bilinear: sharper kernels ring, and make halos."""
    return Image.fromarray(to_uint8(saliency)).resize(size, Image.Resampling.BILINEAR)


def subject_box(alpha: Alpha) -> Rectangle | None:
    """Return the bounding box of visible pixels, or None if there are none."""
    return alpha.point([0] * VISIBLE + [255] * (256 - VISIBLE)).getbbox()


def at_most(side: int, size: tuple[int, int]) -> tuple[int, int]:
    """Return (width, height) reduced so that the longer side is at most `side`, and never 0."""
    scale = min(1, side / max(size))
    width, height = size
    return max(1, round(width * scale)), max(1, round(height * scale))


def sides(box: Rectangle) -> tuple[int, int]:
    """Return the width and height of a box."""
    return box[2] - box[0], box[3] - box[1]


def scaled(box: Rectangle, source: tuple[int, int], size: tuple[int, int]) -> Rectangle:
    """Return a box in px of a `source` of (width, height) in px of `size`, rounded outwards."""
    left, top, right, bottom = box
    return (
        left * size[0] // source[0],
        top * size[1] // source[1],
        -(-right * size[0] // source[0]),
        -(-bottom * size[1] // source[1]),
    )
