"""Bytes to pixels and back, by Pillow."""

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
UPRIGHT = {  # EXIF 2.3, 4.6.4 A: what brings each orientation back to the first
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = [UPRIGHT[orientation] for orientation in (5, 6, 7, 8)]
MAX_DPI = 65_535  # a JPEG can say no more; 1 is what TIFF and JFIF say where it is not known

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
    data: bytes,
    max_bytes: int,
    max_pixels: int,
    profile: Profile | None = "srgb",
    work_pixels: int = 0,
) -> tuple[Photo, tuple[int, int]]:
    """Upright pixels, with their colours and resolution and nothing else of the file's metadata,
    made smaller if they are more than work_pixels; and what width and height they came in. None for
    the profile is for values that are no colours."""
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
    """From the header alone, and as it lies there, upright or not."""
    with _opened(data, max_bytes, max_pixels) as image:
        return Size(*image.size)


def media_type(data: bytes, max_bytes: int, max_pixels: int) -> str:
    """By the header alone, too."""
    with _opened(data, max_bytes, max_pixels) as image:
        return Image.MIME["JPEG" if image.format == "MPO" else str(image.format)]


@contextmanager
def _opened(data: bytes, max_bytes: int, max_pixels: int) -> Iterator[Image.Image]:
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
    """Metadata that cannot be read says nothing of the pixels: they count as upright, as browsers
    show them."""
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
    """With the colours and the resolution that its info tells, as far as the format can."""
    if max(image.size) > MAX_SIDE.get(format, math.inf):
        raise InvalidDimensions(
            f"a side of {max(image.size):,} px is more than the {MAX_SIDE[format]:,} that {format} "
            "can have; ask for png or for a smaller picture"
        )
    if format == "zip":
        return _colour_and_alpha(image, threads)
    is_alpha = image.mode == "L"  # which has no colours
    profile = None if is_alpha else image.info.get("icc_profile")
    dpi = image.info.get("dpi")
    if format == "png":
        return png.encode(image, profile, threads, dpi, not is_alpha and "srgb" in image.info)
    kind, parameters = KINDS_OUT[format]
    buffer = BytesIO()
    image.save(buffer, kind, icc_profile=profile, dpi=dpi or (0, 0), **parameters)
    return buffer.getvalue()


def _colour_and_alpha(image: Image.Image, threads: int) -> bytes:
    """remove.bg's ZIP: not deflated, as both files are compressed already."""
    from zipfile import ZipFile, ZipInfo  # 7 ms that other formats can do without

    opaque = image.mode != "RGBA"
    alpha = Image.new("L", image.size, 255) if opaque else image.getchannel("A")
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:  # a ZipInfo is of 1980: the bytes are always the same
        archive.writestr(ZipInfo("color.jpg"), encode(image.convert("RGB"), "jpg"))
        archive.writestr(ZipInfo("alpha.png"), encode(alpha, "png", threads))
    return buffer.getvalue()
