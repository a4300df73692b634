"""Converts decoded pixels of any kind to 8 bits of RGB or RGBA in sRGB, at the size to work at."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageChops, TiffImagePlugin

from cutout.core.arrays import Photo
from cutout.core.geometry import GAP
from cutout.options.record import Profile
from cutout.picture import Size

from . import colour, tiff_file, transparent_colour

GREY = ("1", "L", "LA", "La")


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


def load(
    image: Image.Image, is_grey: bool, find_clear: transparent_colour.Find, work_pixels: int
) -> Raw:
    """Read an opened file's pixels, a JPEG's at a smaller scale if that is enough."""
    has_alpha = image.has_transparency_data
    # What is visible of a photo is judged at its own size.
    small = Size(*image.size).at_most(0 if has_alpha else work_pixels)
    size = small.width, small.height
    if size != image.size:
        image.draft(None, size)  # a JPEG is decoded at 1/2, 1/4 or 1/8 where that is enough
    image.load()
    alpha = find_clear(image)
    if image.mode == "RGB":
        image.info.pop("transparency", None)  # Pillow's own comparison is of 8 bits
    if is_grey:
        return Raw(_grey(image), alpha or _alpha_of_grey(image, has_alpha), image.info, size)
    mode = "RGBA" if has_alpha else image.mode if image.mode in ("CMYK", "LAB") else "RGB"
    values = image.convert(mode) if image.mode != mode else image
    if alpha:
        own = values.getchannel("A") if has_alpha else alpha
        values.putalpha(ImageChops.darker(alpha, own))
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


def _alpha_of_grey(image: Image.Image, has_alpha: bool) -> Image.Image | None:
    if not has_alpha:
        return None
    return (image.convert("LA") if image.mode == "La" else image).convert("RGBA").getchannel("A")


def _grey(image: Image.Image) -> Image.Image:
    """Return L or I;16, where white is the most. Pillow leaves 12 bits as they are, and 16 bits of
    a TIFF whose least is white."""
    if image.mode == "La":
        return image.convert("LA").convert("L")  # no longer multiplied by the alpha
    if not image.mode.startswith("I;16"):
        return image.convert("L")
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return image
    tags = image.tag_v2
    values = np.asarray(image)
    if tags.get(tiff_file.BITS) == (12,):
        values = (values * (65535 / 4095)).round().astype(np.uint16)
    if tags.get(tiff_file.PHOTOMETRIC) == tiff_file.MIN_IS_WHITE:
        values = ~values
    return Image.fromarray(values)
