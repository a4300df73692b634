"""Decodes picture files with Pillow, and what Pillow misreads by the modules beside this one."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import NamedTuple

from PIL import ExifTags, Image, PngImagePlugin, TiffImagePlugin, UnidentifiedImageError

from cutout.core.arrays import Photo
from cutout.errors import (
    Animation,
    FileTooLarge,
    ResolutionTooHigh,
    UnknownFileType,
    UnreadablePicture,
)
from cutout.options.record import Frames, Profile
from cutout.picture import HEIC, Kind, Size, kind_of, refusal

from . import (
    bmp_file,
    budget,
    colour_space,
    gif_file,
    heic,
    heif_file,
    jpeg_file,
    pixels,
    png_file,
    tiff_file,
    transparent_colour,
)

MODES = {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB"}
# What Pillow's decoders raise on damaged files, seen on some 800,000 of them: RuntimeError is
# AVIF's, IndexError GIF's, TypeError TIFF's, AssertionError that of a palette that is missing.
DAMAGE = (OSError, SyntaxError, ValueError, RuntimeError, IndexError, TypeError, AssertionError,
          EOFError, struct.error)  # fmt: skip
# Pillow warns of damaged metadata with numbers of the file. Python would log each such sentence and
# keep it for as long as the process runs: a stranger's files could fill both.
warnings.filterwarnings("ignore", module="PIL")
Image.MAX_IMAGE_PIXELS = None  # decode has a limit of its own, which may be above Pillow's
# Pillow refuses a PNG that has more of a profile or of text than this, compressed or not, for all
# that its pixels are sound. Scanners' profiles and histories of edits reach some MB.
PngImagePlugin.MAX_TEXT_CHUNK = 1 << 24
# Pillow has this of either order of bytes, but not with white as the least.
TiffImagePlugin.OPEN_INFO[b"MM", 0, (1,), 1, (16,), ()] = ("I;16B", "I;16B")
FIRST = "with the option frames=first its first one is taken"
# By the first bytes: what completes a file whose pixels are all there.
COMPLETED = {b"\xff\xd8": jpeg_file.completed, b"\x89P": png_file.completed}
UPRIGHT = {  # EXIF 2.3, 4.6.4 A: from each orientation to the first
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
XMP = ("xmp", "XML:com.adobe.xmp")  # where Pillow looks for an orientation that EXIF has not
EXIF = ("exif", "Raw profile type exif")  # where it looks for EXIF, the latter in hexadecimal
SIDEWAYS = [UPRIGHT[orientation] for orientation in (5, 6, 7, 8)]
MAX_DPI = 65_535  # of a JPEG; TIFF and JFIF write 1 for an unknown resolution


def decode(
    data: bytes | Image.Image,
    max_bytes: int,
    max_pixels: int,
    profile: Profile | None = "srgb",
    work_pixels: int = 0,
    frames: Frames = "one",
) -> tuple[Photo, tuple[int, int]]:
    """Return the upright photo, and the (width, height) that it had in the file or picture.

    The photo is reduced to at most `work_pixels`, where 0 is no limit, and its info has the colour
    profile and the resolution but no other metadata. A `profile` of None is for masks and alphas,
    whose values are not colours. A photo with transparency is not reduced. A file of several frames
    or pages is an Animation, unless `frames` is "first". Raises FileTooLarge, ResolutionTooHigh,
    UnknownFileType, Animation or UnreadablePicture, which says what is missing of a JPEG or PNG
    that is cut short.
    """
    limits = max_bytes, max_pixels, frames
    try:
        loaded = _load(data, limits, work_pixels)
    except UnreadablePicture as error:
        if isinstance(data, Image.Image):
            raise
        loaded = _load(_completed(data, error), limits, work_pixels)
    photo, source, dpi = pixels.to_photo(loaded.raw, profile), loaded.source, loaded.dpi
    is_sideways = loaded.turn in SIDEWAYS
    if loaded.turn is not None and not loaded.is_turned:
        photo = photo.transpose(loaded.turn)
        source = source[::-1] if is_sideways else source
    if dpi:
        photo.info["dpi"] = dpi[::-1] if is_sideways else dpi
    return photo, source


def measure(data: bytes, max_bytes: int, max_pixels: int) -> Size:
    """Return the size from the file's header, without its EXIF orientation applied. Of several
    frames it is the first one's. Raises as decode does."""
    with _opened(data, max_bytes, max_pixels, "first") as image:
        return Size(*image.size)


def media_type(data: bytes, max_bytes: int, max_pixels: int) -> str:
    """Return the media type from the file's header, such as image/jpeg. Raises as decode does, but
    not for several frames."""
    with _opened(data, max_bytes, max_pixels, "first"):
        return _kind(data).media_type


class _Loaded(NamedTuple):
    """A photo whose pixels are read, before its colours are converted and it is turned."""

    raw: pixels.Raw
    turn: Image.Transpose | None  # what makes it upright
    dpi: tuple[float, float] | None
    source: tuple[int, int]  # the size in the file
    is_turned: bool  # pixels and size are upright already


def _load(data: bytes | Image.Image, limits: tuple[int, int, Frames], work_pixels: int) -> _Loaded:
    file = b"" if isinstance(data, Image.Image) else data
    with _opened(data, *limits) as image:
        # Before the orientation, for which a PNG's pixels are loaded: that changes mode and info.
        is_grey, find_clear = pixels.is_grey(image), transparent_colour.finder(image)
        info = colour_space.read(image, file, is_grey)
        if image.format == "JPEG":
            jpeg_file.check_end(file)
        turn, dpi, source = _turn(image), _dpi(image), image.size
        raw = pixels.load(image, is_grey, find_clear, work_pixels)._replace(info=info)
        is_turned = image.format == "TIFF"  # by Pillow, and the size; but not the resolution
    return _Loaded(raw, turn, dpi, source, is_turned)


@contextmanager
def _opened(
    data: bytes | Image.Image, max_bytes: int, max_pixels: int, frames: Frames
) -> Iterator[Image.Image]:
    if isinstance(data, Image.Image):
        _check_header(data, max_pixels)
        yield data
        return
    if not data:
        raise UnreadablePicture("the file is empty")
    if len(data) > max_bytes:
        raise FileTooLarge(f"{len(data):,} bytes are more than the {max_bytes:,} allowed")
    kind = _kind(data)
    try:
        with _open(kind, data, frames) as image:
            _check_header(image, max_pixels)
            yield image
    except UnidentifiedImageError as error:
        raise UnreadablePicture(f"the header of the {kind.name} file is damaged") from error
    except DAMAGE as error:
        raise UnreadablePicture("the file is damaged or cut short") from error


def _kind(data: bytes) -> Kind:
    kind = kind_of(data)
    if kind is None:
        raise UnknownFileType(refusal(data))
    return kind


def _open(kind: Kind, data: bytes, frames: Frames) -> Image.Image:
    """Read the header of a file, at the first of its frames or pages. Raises UnreadablePicture for
    one that would cost more than the budget for reading."""
    if kind.name == "TIFF":
        return _open_tiff(data, frames)
    count = 0  # of frames, where Pillow need not be asked
    match kind.name:
        case "JPEG":
            data, count = jpeg_file.without_metadata(data), 1
        case "PNG":
            data = png_file.without_bad_chunks(data)
        case "GIF":
            data, count = gif_file.first_frame(data)
        case "BMP":
            bmp_file.check(data)
        case "AVIF" | "HEIC":
            heif_file.check_metadata(data)
    image = heic.open(data) if kind is HEIC else Image.open(BytesIO(data), formats=[kind.name])
    if kind.name in ("AVIF", "HEIC"):
        heif_file.check_pixels(data, kind.name, image.size)
    count = count or getattr(image, "n_frames", 1)
    if count > 1 and frames == "one":
        raise Animation(f"the file is an animated {kind.name} of {count} frames; {FIRST}")
    return image


def _open_tiff(data: bytes, frames: Frames) -> Image.Image:
    pages = tiff_file.pages(data)
    full = [number for number, page in enumerate(pages) if page.is_full()]
    if any(page.is_raw() for page in pages) or (pages and not full):
        raise UnknownFileType("the file is a camera's raw file (DNG or the like); develop it first")
    if len(full) > 1 and frames == "one":
        raise Animation(f"the file is a TIFF of {len(full)} pages; {FIRST}")
    page, number = (pages[full[0]], full[0]) if full else (tiff_file.Page({}), 0)
    tiff_file.check(data, page)
    try:
        image = Image.open(BytesIO(data), formats=["TIFF"])
        image.seek(number)
    except (UnidentifiedImageError, SyntaxError, KeyError) as error:
        if full:
            raise _unsupported(page) from error
        raise
    if page.is_misread() or not _is_known(image.mode):
        raise _unsupported(page)
    return image


def _unsupported(page: tiff_file.Page) -> UnreadablePicture:
    return UnreadablePicture(f"TIFF pixels of type {page.describe()} are not supported")


def _check_header(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise ResolutionTooHigh(
            f"{width} x {height} are more than the {max_pixels:,} pixels allowed"
        )
    if not _is_known(image.mode):
        raise UnreadablePicture(f"pixels of type {image.mode} are not supported")


def _is_known(mode: str) -> bool:
    return mode in MODES or mode.startswith("I;16")


def _completed(data: bytes, error: UnreadablePicture) -> bytes:
    """Return a damaged JPEG or PNG that has all of its pixels, with the end that it lacks. Raises
    UnreadablePicture with what is missing, or the error."""
    complete = COMPLETED.get(data[:2])
    if not complete or not isinstance(error.__cause__, DAMAGE):
        raise error
    try:
        return complete(data)
    except DAMAGE:
        raise error from None


def _turn(image: Image.Image) -> Image.Transpose | None:
    """Return the transposition that makes the picture upright, by its EXIF alone. A file whose
    metadata cannot be read counts as upright, as in browsers."""
    if image.format == "PNG":
        image.load()  # metadata may follow the pixels
    for key in XMP:
        image.info.pop(key, None)
    if any(len(image.info.get(key) or b"") > budget.EXIF_BYTES for key in EXIF):
        raise UnreadablePicture(f"the EXIF has more than {budget.EXIF_BYTES:,} bytes")
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
