"""Bytes to pixels and back, by Pillow."""

import re
import struct
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, ImageColor, UnidentifiedImageError

from cutout.contract import Format
from cutout.core.arrays import Photo
from cutout.errors import (
    Animation,
    FileTooLarge,
    InvalidColour,
    ResolutionTooHigh,
    UnknownFileType,
    UnreadablePicture,
)

from . import png

KINDS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr"}
# What Pillow's decoders raise on damaged files, seen on some 800,000 of them: RuntimeError is
# AVIF's, IndexError GIF's, TypeError TIFF's, AssertionError that of a palette that is missing.
DAMAGE = (OSError, SyntaxError, ValueError, RuntimeError, IndexError, TypeError, AssertionError,
          EOFError, struct.error)  # fmt: skip
Image.MAX_IMAGE_PIXELS = None  # decode has a limit of its own, which may be above Pillow's
UPRIGHT = {  # EXIF 2.3, 4.6.4 A: what brings each orientation back to the first
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
PROFILE_SPACE = slice(16, 20)  # ICC.1:2022, 7.2.6: the profile's colour space

HEX = re.compile("#([0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")

WEBP = {"quality": 90, "method": 2}
JPEG = {"quality": 92, "subsampling": 0}  # 4:4:4: the edge against a flat background stays sharp


def decode(data: bytes, max_bytes: int, max_pixels: int) -> Photo:
    """Upright pixels, with the colour profile and nothing else of the file's metadata."""
    if not data:
        raise UnreadablePicture("the file is empty")
    if len(data) > max_bytes:
        raise FileTooLarge(f"{len(data):,} bytes are more than the {max_bytes:,} allowed")
    try:
        with Image.open(BytesIO(data), formats=KINDS) as image:
            _check_header(image, max_pixels)
            return _upright(image)
    except UnidentifiedImageError as error:
        kinds = f"{', '.join(KINDS[:-1])} or {KINDS[-1]}"
        raise UnknownFileType(f"not a {kinds} file, or its header is damaged") from error
    except DAMAGE as error:
        raise UnreadablePicture("the file is damaged or cut short") from error


def _check_header(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ResolutionTooHigh(
            f"{width} x {height} are more than the {max_pixels:,} pixels allowed"
        )
    # An MPO is a JPEG with a second view or a gain map behind it, as many phones write them.
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise Animation("the file holds more than one picture; give one frame of it")
    if image.mode not in MODES and not image.mode.startswith("I;16"):
        raise UnreadablePicture(f"pixels of type {image.mode} are not supported")


def _upright(image: Image.Image) -> Photo:
    turn = _turn(image)
    profile = image.info.get("icc_profile")
    photo = _to_rgb(image)
    if turn is not None:
        photo = photo.transpose(turn)
    # Of a damaged profile Pillow makes None, and of a TIFF tag of another type a number.
    for_rgb = isinstance(profile, bytes) and profile[PROFILE_SPACE] == b"RGB "
    photo.info = {"icc_profile": profile} if for_rgb else {}
    return photo


def _turn(image: Image.Image) -> Image.Transpose | None:
    """Metadata that cannot be read says nothing of the pixels: they count as upright, as browsers
    show them."""
    try:
        return UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, ValueError, TypeError, struct.error):
        return None


def _to_rgb(image: Image.Image) -> Photo:
    if image.mode.startswith("I;16"):  # Pillow would clip at 255
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    image.load()
    return image.convert(mode) if image.mode != mode else image


def encode(image: Image.Image, format: Format, threads: int = 1) -> bytes:
    profile = None if image.mode == "L" else image.info.get("icc_profile")  # it is one for RGB
    if format == "png":
        return png.encode(image, profile, threads)
    kind, parameters = ("WEBP", WEBP) if format == "webp" else ("JPEG", JPEG)
    buffer = BytesIO()
    image.save(buffer, kind, icc_profile=profile, **parameters)
    return buffer.getvalue()


def parse_colour(text: str) -> tuple[int, int, int, int]:
    if not HEX.fullmatch(text) and text.lower() not in ImageColor.colormap:
        raise InvalidColour(f"{text[:40]!r} is neither like #ffffff nor a CSS colour name")
    red, green, blue, alpha = ImageColor.getcolor(text, "RGBA")  # type: ignore[misc]
    return red, green, blue, alpha
