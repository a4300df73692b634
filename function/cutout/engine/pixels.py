"""Converts decoded pixels of any kind to 8 bits of RGB or RGBA in sRGB, at the size to work at."""

from typing import NamedTuple

import numpy as np
from PIL import Image

from cutout.core.arrays import Photo
from cutout.core.geometry import GAP
from cutout.options.record import Profile
from cutout.picture import Size

from . import colour

GREY = ("1", "L", "LA")


def is_grey(image: Image.Image) -> bool:
    """Whether the file is grey. To be asked before pixels are read: then Pillow turns a PNG's grey
    with alpha, 16 bits each, into RGBA."""
    is_deep_la = any(tile.args == "LA;16B" for tile in getattr(image, "tile", []))
    return is_deep_la or image.mode in GREY or image.mode.startswith("I;16")


class Raw(NamedTuple):
    """Pixels as decoded, before their colours are converted."""

    values: Image.Image  # L, I;16, RGB, RGBA, CMYK or LAB
    alpha: Image.Image | None  # of grey pixels
    info: colour.Info
    size: tuple[int, int]  # the target; a JPEG may be decoded at less than its own


def load(image: Image.Image, is_grey: bool, work_pixels: int) -> Raw:
    """Read an opened file's pixels, a JPEG's at a smaller scale if that is enough."""
    has_alpha = image.has_transparency_data
    # What is visible of a photo is judged at its own size.
    small = Size(*image.size).at_most(0 if has_alpha else work_pixels)
    size = small.width, small.height
    if size != image.size:
        image.draft(None, size)  # a JPEG is decoded at 1/2, 1/4 or 1/8 where that is enough
    image.load()
    if is_grey:
        values = image if image.mode.startswith("I;16") else image.convert("L")
        return Raw(values, _alpha_of_grey(image) if has_alpha else None, image.info, size)
    mode = "RGBA" if has_alpha else image.mode if image.mode in ("CMYK", "LAB") else "RGB"
    values = image.convert(mode) if image.mode != mode else image
    return Raw(values, None, image.info, size)


def to_photo(raw: Raw, profile: Profile | None) -> Photo:
    """Return the RGB or RGBA photo at raw.size, with the orientation of the file. A `profile` of
    None is for values that are not colours, which are not converted."""
    values, alpha, info, size = raw
    known = info if profile else {}
    wanted = profile or "srgb"
    if values.mode != "L" and not values.mode.startswith("I;16"):
        return colour.to_srgb(shrink(values, size), known, wanted)
    photo = colour.grey_to_srgb(values, known, wanted)
    if alpha:
        photo.putalpha(alpha)
    return shrink(photo, size)


def shrink(pixels: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the pixels at (width, height)."""
    if pixels.size == size:
        return pixels
    return pixels.resize(size, Image.Resampling.LANCZOS, reducing_gap=GAP)


def _alpha_of_grey(image: Image.Image) -> Image.Image:
    if not image.mode.startswith("I;16"):
        return image.convert("RGBA").getchannel("A")
    opaque = np.asarray(image) != image.info["transparency"]  # one level of 65,536 is clear
    return Image.fromarray(opaque * np.uint8(255))
