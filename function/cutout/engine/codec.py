"""Decodes and encodes picture files with Pillow."""

import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image, PngImagePlugin, UnidentifiedImageError

from cutout.core.arrays import Photo
from cutout.errors import (
    Animation,
    FileTooLarge,
    InvalidDimensions,
    ResolutionTooHigh,
    UnknownFileType,
    UnreadablePicture,
)
from cutout.options.record import Profile
from cutout.picture import KINDS, Format, Size

from . import pixels, png

NAMES = [kind.name for kind in KINDS]
MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB"}
# What Pillow's decoders raise on damaged files, seen on some 800,000 of them: RuntimeError is
# AVIF's, IndexError GIF's, TypeError TIFF's, AssertionError that of a palette that is missing.
DAMAGE = (OSError, SyntaxError, ValueError, RuntimeError, IndexError, TypeError, AssertionError,
          EOFError, struct.error)  # fmt: skip
Image.MAX_IMAGE_PIXELS = None  # decode has a limit of its own, which may be above Pillow's
# Pillow refuses a PNG that has more of a profile or of text than this, compressed or not, for all
# that its pixels are sound. Scanners' profiles and histories of edits reach some MB.
PngImagePlugin.MAX_TEXT_CHUNK = 1 << 24
UPRIGHT = {  # EXIF 2.3, 4.6.4 A: from each orientation to the first
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = [UPRIGHT[orientation] for orientation in (5, 6, 7, 8)]
MAX_DPI = 65_535  # of a JPEG; TIFF and JFIF write 1 for an unknown resolution

WEBP = {"quality": 90, "method": 2}
JPEG = {"quality": 92, "subsampling": 0}  # 4:4:4: the edge against a flat background stays sharp
AVIF = {
    "quality": 80,
    "speed": 9,
    "subsampling": "4:4:4",
    "advanced": {"alpha:cq-level": "0"},  # lossless
    "max_threads": 1,  # more give other bytes
}
KINDS_OUT: dict[str, tuple[str, dict[str, Any]]] = {
    "webp": ("WEBP", WEBP),
    "jpg": ("JPEG", JPEG),
    "avif": ("AVIF", AVIF),
}
MAX_SIDE = {"webp": 16_383, "jpg": 65_500, "zip": 65_500, "avif": 65_536}  # px


def decode(
    data: bytes | Image.Image,
    max_bytes: int,
    max_pixels: int,
    profile: Profile | None = "srgb",
    work_pixels: int = 0,
) -> tuple[Photo, tuple[int, int]]:
    """Return the upright photo, and the (width, height) that it had in the file or picture.

    The photo is reduced to at most `work_pixels`, where 0 is no limit, and its info has the colour
    profile and the resolution but no other metadata. A `profile` of None is for masks and alphas,
    whose values are not colours. A photo with transparency is not reduced. Raises FileTooLarge,
    ResolutionTooHigh, UnknownFileType, Animation or UnreadablePicture.
    """
    with _opened(data, max_bytes, max_pixels) as image:
        is_grey = pixels.is_grey(image)  # of a PNG the orientation takes the pixels: not later
        turn, dpi, source = _turn(image), _dpi(image), image.size
        raw = pixels.load(image, is_grey, work_pixels)
        is_turned = image.format == "TIFF"  # by Pillow, and the size; but not the resolution
    photo, is_sideways = pixels.to_photo(raw, profile), turn in SIDEWAYS
    if turn is not None and not is_turned:
        photo = photo.transpose(turn)
        source = source[::-1] if is_sideways else source
    if dpi:
        photo.info["dpi"] = dpi[::-1] if is_sideways else dpi
    return photo, source


def measure(data: bytes, max_bytes: int, max_pixels: int) -> Size:
    """Return the size from the file's header, without its EXIF orientation applied. Raises as
    decode does."""
    with _opened(data, max_bytes, max_pixels) as image:
        return Size(*image.size)


def media_type(data: bytes, max_bytes: int, max_pixels: int) -> str:
    """Return the media type from the file's header, such as image/jpeg. Raises as decode does."""
    with _opened(data, max_bytes, max_pixels) as image:
        return Image.MIME["JPEG" if image.format == "MPO" else str(image.format)]


@contextmanager
def _opened(data: bytes | Image.Image, max_bytes: int, max_pixels: int) -> Iterator[Image.Image]:
    if isinstance(data, Image.Image):
        _check_header(data, max_pixels)
        yield data
        return
    if not data:
        raise UnreadablePicture("the file is empty")
    if len(data) > max_bytes:
        raise FileTooLarge(f"{len(data):,} bytes are more than the {max_bytes:,} allowed")
    try:
        with Image.open(BytesIO(data), formats=NAMES) as image:
            _check_header(image, max_pixels)
            yield image
    except UnidentifiedImageError as error:
        kinds = f"{', '.join(NAMES[:-1])} or {NAMES[-1]}"
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


def _turn(image: Image.Image) -> Image.Transpose | None:
    """Return the transposition that makes the picture upright. A file whose metadata cannot be
    read counts as upright, as in browsers."""
    try:
        return UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (SyntaxError, ValueError, TypeError, struct.error):
        return None


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        x, y = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if min(x, y) > 1 and max(x, y) <= MAX_DPI else None


def encode(image: Image.Image, format: Format, threads: int = 1) -> bytes:
    """Return the picture as a file, with the profile and resolution of its info if the format has
    them. Raises InvalidDimensions for a side that the format cannot have."""
    if max(image.size) > MAX_SIDE.get(format, math.inf):
        raise InvalidDimensions(
            f"a side of {max(image.size):,} px is more than the {MAX_SIDE[format]:,} that {format} "
            "can have; ask for png or for a smaller picture"
        )
    if format == "zip":
        return _colour_and_alpha(image, threads)
    is_alpha = image.mode == "L"  # no colours
    profile = None if is_alpha else image.info.get("icc_profile")
    dpi = image.info.get("dpi")
    if format == "png":
        return png.encode(image, profile, threads, dpi, not is_alpha and "srgb" in image.info)
    kind, parameters = KINDS_OUT[format]
    buffer = BytesIO()
    image.save(buffer, kind, icc_profile=profile, dpi=dpi or (0, 0), **parameters)
    return buffer.getvalue()


def _colour_and_alpha(image: Image.Image, threads: int) -> bytes:
    """Return remove.bg's ZIP of color.jpg and alpha.png, stored, as both are compressed already."""
    from zipfile import ZipFile, ZipInfo  # 7 ms that other formats can do without

    opaque = image.mode != "RGBA"
    alpha = Image.new("L", image.size, 255) if opaque else image.getchannel("A")
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:  # a ZipInfo is of 1980: the bytes are always the same
        archive.writestr(ZipInfo("color.jpg"), encode(image.convert("RGB"), "jpg"))
        archive.writestr(ZipInfo("alpha.png"), encode(alpha, "png", threads))
    return buffer.getvalue()
