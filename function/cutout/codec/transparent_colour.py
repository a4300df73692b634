"""Finds pixels that are transparent by their colour, or because a GIF's frame leaves them out."""

from collections.abc import Callable
from io import BytesIO
from typing import TypeAlias

import numpy as np
from PIL import Image

from cutout.core.arrays import Alpha

Find: TypeAlias = Callable[[Image.Image], Alpha | None]

KEYED = ("1", "L", "I;16", "RGB")  # modes whose info names one clear colour, and no palette entry
STEP = {"L;2": 85, "L;4": 17}  # by which Pillow multiplies samples
LOW_BYTES = {"RGB;16B": "RGB;16L"}  # an order of bytes that makes Pillow take the other byte


def finder(image: Image.Image) -> Find:
    """Return a function that takes the loaded picture and returns its alpha, or None where no such
    pixels can be. Call finder before the pixels are loaded: loading changes the info it reads.

    The samples are compared as they are in the file (PNG, third edition, 11.3.1.1): two colours of
    16 bits may be the same in 8."""
    tiles = getattr(image, "tile", [])
    samples = str(tiles[0].args) if image.format == "PNG" and tiles else ""
    if image.mode in KEYED and "transparency" in image.info:
        colour = image.info["transparency"]
        low = _low_bytes(image, LOW_BYTES[samples]) if samples in LOW_BYTES else None
        return lambda loaded: _unlike(loaded, low, colour, STEP.get(samples, 1))
    if image.format == "GIF" and tiles and tiles[0].extents != (0, 0, *image.size):
        return lambda loaded: _within(loaded.size, tiles[0].extents)
    return lambda loaded: None


def is_colour(value: object, mode: str) -> bool:
    """Whether this can be the clear colour of a PIL picture, or the alphas of its palette."""
    if mode in ("P", "PA") and isinstance(value, bytes):
        return True
    levels = value if isinstance(value, tuple) else (value,)
    if len(levels) != (3 if mode == "RGB" else 1):
        return False
    highest = 65535 if mode == "I;16" else 255
    return all(isinstance(level, int) and 0 <= level <= highest for level in levels)


def _low_bytes(image: Image.Image, samples: str) -> Image.Image:
    file = getattr(image, "fp")  # noqa: B009 - Image.Image does not declare it
    with Image.open(BytesIO(file.getvalue()), formats=["PNG"]) as again:
        again.tile = [tile._replace(args=samples) for tile in again.tile]
        again.load()
        return again


def _unlike(
    image: Image.Image, low: Image.Image | None, colour: int | tuple[int, ...], step: int
) -> Alpha:
    """Return 0 where the picture has the colour, and 255 elsewhere."""
    if image.mode == "I;16":
        return Image.fromarray((np.asarray(image) != colour) * np.uint8(255))
    levels = np.ravel(colour)
    channels = image.convert("L").split() if image.mode == "1" else image.split()
    bytes_of = [(channels, levels >> 8 if low else levels * step)]
    if low:
        bytes_of.append((low.split(), levels))
    is_unlike = np.zeros(image.size[::-1], bool)
    for planes, wanted in bytes_of:
        for plane, level in zip(planes, wanted & 255, strict=True):
            is_unlike |= np.asarray(plane) != level
    return Image.fromarray(is_unlike * np.uint8(255))


def _within(size: tuple[int, int], box: tuple[int, int, int, int]) -> Alpha:
    alpha = Image.new("L", size, 0)
    alpha.paste(255, box)
    return alpha
