"""Converts pixels to sRGB: by profiles (ICC.1:2022) with the Little CMS in Pillow, or from HDR."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from cutout.core.arrays import Photo
from cutout.errors import InvalidColour
from cutout.options.record import Profile

from . import hdr

Bytes8: TypeAlias = NDArray[np.uint8]
Info: TypeAlias = Mapping[Any, Any]  # of colour_space.read

CLASS = slice(12, 16)  # ICC.1:2022, 7.2.5; device links, among others, are not for pictures
CLASSES_OF_PICTURES = {b"scnr", b"mntr", b"prtr", b"spac"}

GREY = ("L", "I;16")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
# Colours that sRGB has come out as they are, where the perceptual intent may move all of them.
# With the black point compensated, CMYK's weak black becomes 0 and shadows keep their drawing.
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION

ROWS = 64
PASSED_ON = 4096  # bytes: a smaller sRGB profile is written with the picture
STEPS = np.arange(0, 256, 15, dtype=np.uint8)
LATTICE = Image.fromarray(np.stack(np.meshgrid(STEPS, STEPS, STEPS), -1).reshape(len(STEPS), -1, 3))


def to_srgb(pixels: Image.Image, info: Info, profile: Profile) -> Photo:
    """Return an RGB or RGBA photo whose info has its profile or rendering intent.

    RGB pixels are converted in place, and not at all if their profile is sRGB. A damaged profile,
    or one of another colour space, is ignored, as in browsers. `profile` "keep" leaves pixels and
    profile as they are, if both are RGB; HDR is tone-mapped even so.
    """
    data: Any = info.get("icc_profile")
    is_rgb = pixels.mode in ("RGB", "RGBA")
    if is_rgb and "hdr" in info:
        return _tone_map(pixels, info["hdr"])
    transform = _transform(data, pixels.mode)
    if transform is None:
        photo = pixels if is_rgb else pixels.convert("RGB")
        photo.info = {"srgb": info["srgb"]} if "srgb" in info else {}
    elif is_rgb and (profile == "keep" or _is_srgb(transform)):
        photo = pixels
        is_kept = profile == "keep" or len(data) <= PASSED_ON
        photo.info = {"icc_profile": data} if is_kept else {"srgb": INTENT}
    else:
        photo = _srgb(transform.apply_in_place(pixels) if is_rgb else transform.apply(pixels))
    return photo


def grey_to_srgb(pixels: Image.Image, info: Info, profile: Profile) -> Photo:
    """Return an RGB photo from 8 or 16 bits of grey, whose profile may be of grey or of RGB."""
    values = np.asarray(pixels)
    if "hdr" in info:
        table = hdr.grey_to_srgb(np.iinfo(values.dtype).max + 1, info["hdr"])
        return _srgb(_look_up(table, values))
    levels = np.arange(np.iinfo(values.dtype).max + 1, dtype=values.dtype.newbyteorder("="))
    ramp = Image.fromarray(levels[None])
    transform = _transform(info.get("icc_profile"), ramp.mode)
    if transform is None:
        table = np.linspace(0, 255, len(levels)).round().astype(np.uint8)
        return to_srgb(_look_up(table, values), info, profile)
    return _srgb(_look_up(np.asarray(transform.apply(ramp))[0, :, 1], values))


def from_srgb(rgb: tuple[int, int, int], info: Info) -> tuple[int, int, int]:
    """Return an sRGB colour in the colour space of a photo with this info.

    Raises InvalidColour if the photo's profile cannot be inverted.
    """
    space = _read(info.get("icc_profile"))
    if space is None:
        return rgb
    try:
        transform = ImageCms.ImageCmsTransform(SRGB, space, "RGB", "RGB", INTENT, flags=FLAGS)
    except ValueError as error:  # a scanner's profile has no way back
        raise InvalidColour("the photo's own space has no way to tell a colour in it") from error
    red, green, blue = transform.apply(Image.new("RGB", (1, 1), rgb)).getpixel((0, 0))  # type: ignore[misc]
    return red, green, blue


def is_profile(data: object) -> bool:
    """Whether this is an ICC profile of pictures that can be read."""
    return _read(data) is not None


def _srgb(photo: Photo) -> Photo:
    photo.info = {"srgb": INTENT}
    return photo


def _tone_map(pixels: Image.Image, encoding: hdr.Hdr) -> Photo:
    photo = Image.fromarray(hdr.to_srgb(np.asarray(pixels)[..., :3], encoding))
    if pixels.mode == "RGBA":
        photo.putalpha(pixels.getchannel("A"))
    return _srgb(photo)


def _look_up(table: Bytes8, values: NDArray[np.unsignedinteger[Any]]) -> Photo:
    """Apply a table in strips, for numpy turns each index into 64 bits."""
    photo = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), ROWS):
        photo[top : top + ROWS] = table[values[top : top + ROWS]]
    return Image.fromarray(photo).convert("RGB")


def _transform(data: object, mode: str) -> ImageCms.ImageCmsTransform | None:
    source = _lab() if mode == "LAB" else _read(data)
    if source is None:
        return None
    result = mode if mode == "RGBA" else "RGB"
    # For grey, Little CMS would take 33 points of the curve, and straight lines between them.
    flags = FLAGS | ImageCms.Flags.NOOPTIMIZE if mode in GREY else FLAGS
    try:
        return ImageCms.ImageCmsTransform(source, SRGB, mode, result, INTENT, flags=flags)
    except ValueError:  # it is one of other pixels, or a tag is missing or damaged
        return None


def _lab() -> ImageCms.ImageCmsProfile:
    """Return the profile of Lab, which needs none of the file's: its values are absolute."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))


def _read(data: object) -> ImageCms.ImageCmsProfile | None:
    # Of a damaged profile Pillow makes None, and of a TIFF tag of another type a number.
    if not isinstance(data, bytes) or data[CLASS] not in CLASSES_OF_PICTURES:
        return None
    try:
        return ImageCms.ImageCmsProfile(BytesIO(data))
    except OSError:
        return None


def _is_srgb(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether no value moves by more than one level, as rounding alone may do."""
    lattice = LATTICE.convert(transform.input_mode)
    moved = np.asarray(transform.apply(lattice)).astype(np.int16) - np.asarray(lattice)
    return bool(np.abs(moved).max() <= 1)
