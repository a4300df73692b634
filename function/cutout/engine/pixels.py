"""From what a file holds to the pixels that the rest works on: 8 bits, sRGB, of the right size."""

import math

import numpy as np
from PIL import Image

from cutout.contract import Profile
from cutout.core.arrays import Photo

from . import colour

GREY = ("1", "L", "LA")
REDUCING_GAP = 3.0  # Pillow's: a large reduction begins by whole pixels, which nobody sees


def is_grey(image: Image.Image) -> bool:
    """Of a PNG's grey with alpha, 16 bits each, Pillow makes RGBA: ask before pixels are read."""
    is_deep_la = any(tile.args == "LA;16B" for tile in getattr(image, "tile", []))
    return is_deep_la or image.mode in GREY or image.mode.startswith("I;16")


def read(image: Image.Image, is_grey: bool, profile: Profile, work_pixels: int) -> Photo:
    """RGB or RGBA, and smaller where they are more than work_pixels; not upright yet."""
    size = within(work_pixels, *image.size)
    if size != image.size:
        image.draft(None, size)  # a JPEG is decoded at 1/2, 1/4 or 1/8 where that is enough
    has_alpha = image.has_transparency_data
    image.load()
    if is_grey:
        return _shrink(_from_grey(image, profile, has_alpha), size)
    mode = "RGBA" if has_alpha else image.mode if image.mode in ("CMYK", "LAB") else "RGB"
    pixels = image.convert(mode) if image.mode != mode else image
    return colour.to_srgb(_shrink(pixels, size), image.info, profile)


def within(pixels: int, width: int, height: int) -> tuple[int, int]:
    """The size of the same shape that has no more pixels; 0 is no limit."""
    if not 0 < pixels < width * height:
        return width, height
    scale = math.sqrt(pixels / (width * height))
    narrow = min(max(1, int(width * scale)), pixels)
    return narrow, min(max(1, int(height * scale)), pixels // narrow)


def _shrink(pixels: Image.Image, size: tuple[int, int]) -> Image.Image:
    if pixels.size == size:
        return pixels
    return pixels.resize(size, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)


def _from_grey(image: Image.Image, profile: Profile, has_alpha: bool) -> Photo:
    is_deep = image.mode.startswith("I;16")
    photo = colour.grey_to_srgb(image if is_deep else image.convert("L"), image.info, profile)
    if has_alpha and is_deep:  # one level of 65,536 is clear
        opaque = np.asarray(image) != image.info["transparency"]
        photo.putalpha(Image.fromarray(opaque * np.uint8(255)))
    elif has_alpha:
        photo.putalpha(image.convert("RGBA").getchannel("A"))
    return photo
