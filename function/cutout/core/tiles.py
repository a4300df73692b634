"""Tiles of a photo, to process only the parts that need it, without a float copy of the whole."""

from collections.abc import Iterator
from math import ceil

from PIL import Image

from .arrays import Rectangle

SIDE = 128  # px; a tile's floats then fit into a processor's cache


def touched(mask: Image.Image, size: tuple[int, int]) -> Iterator[Rectangle]:
    """Yield the tiles of a photo of (width, height) in which a mask of any size is not 0."""
    width, height = size
    across, down = mask.width / width, mask.height / height
    for top in range(0, height, SIDE):
        for left in range(0, width, SIDE):
            right, bottom = min(left + SIDE, width), min(top + SIDE, height)
            part = (int(left * across), int(top * down), ceil(right * across), ceil(bottom * down))
            if mask.crop(part).getbbox():
                yield left, top, right, bottom


def enlarged(picture: Image.Image, tile: Rectangle, size: tuple[int, int]) -> Image.Image:
    """Return one tile of the picture enlarged to (width, height)."""
    left, top, right, bottom = tile
    across, down = picture.width / size[0], picture.height / size[1]
    part = (left * across, top * down, right * across, bottom * down)
    return picture.resize((right - left, bottom - top), Image.Resampling.BILINEAR, part)
