"""Pictures as everybody here knows them: file kinds, sizes in px, and the result of a cutout."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from math import sqrt
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL import Image

Format = Literal["png", "webp", "jpg", "avif", "zip"]

MEDIA_TYPES: dict[Format, str] = {
    "png": "image/png",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "avif": "image/avif",
    "zip": "application/zip",
}

# remove.bg's names for sizes, in pixels. 4k, regular and small are its older names; 16MP is ours:
# the most that a browser can hold to edit.
SIZES = {
    "preview": 250_000,
    "small": 250_000,
    "regular": 250_000,
    "medium": 1_500_000,
    "hd": 4_000_000,
    "full": 25_000_000,
    "16mp": 16_000_000,
    "4k": 25_000_000,
    "auto": 25_000_000,
    "50mp": 50_000_000,
}


@dataclass(frozen=True)
class Kind:
    """A kind of file that photos come in."""

    name: str  # Pillow's
    media_type: str
    suffixes: tuple[str, ...]
    signature: re.Pattern[bytes]  # of the first bytes


KINDS = (
    Kind(
        "JPEG",
        "image/jpeg",
        (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
        re.compile(rb"\xff\xd8\xff"),
    ),
    Kind("PNG", "image/png", (".png", ".apng"), re.compile(rb"\x89PNG\r\n\x1a\n")),
    Kind("WEBP", "image/webp", (".webp",), re.compile(rb"RIFF....WEBP", re.DOTALL)),
    Kind(
        "AVIF", "image/avif", (".avif",), re.compile(rb"....ftyp(avi[fs]|mi[af]1|miaf)", re.DOTALL)
    ),
    Kind("GIF", "image/gif", (".gif",), re.compile(rb"GIF8[79]a")),
    Kind("BMP", "image/bmp", (".bmp",), re.compile(rb"BM")),
    Kind("TIFF", "image/tiff", (".tif", ".tiff"), re.compile(rb"II[*+]\0|MM\0[*+]")),
)
# Kinds that photos come in and that are not read: a batch names such files, and passes none over.
UNREAD_KINDS = (
    Kind(
        "HEIC",
        "image/heic",
        (".heic", ".heif", ".hif"),
        re.compile(rb"....ftyp(he[iv][cmsx]|msf1)", re.DOTALL),
    ),
    Kind("JXL", "image/jxl", (".jxl",), re.compile(rb"\0\0\0\x0cJXL \r\n\x87\n")),
)


def kind_of(start: bytes) -> Kind | None:
    """Return the kind of a file by its first bytes."""
    return next((kind for kind in KINDS + UNREAD_KINDS if kind.signature.match(start)), None)


@dataclass(frozen=True)
class Size:
    """The size of an upright picture, in px."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    def at_most(self, pixels: int) -> "Size":
        """The largest size of the same shape with no more pixels; 0 is no limit."""
        if not 0 < pixels < self.width * self.height:
            return self
        scale = sqrt(pixels / (self.width * self.height))
        width = min(max(1, int(self.width * scale)), pixels)
        return Size(width, min(max(1, int(self.height * scale)), pixels // width))


@dataclass(frozen=True)
class Box:
    """The smallest rectangle around a subject, in px from the top left corner."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Result:
    """An encoded cutout and what is known about it."""

    data: bytes
    media_type: str
    size: Size
    source: Size  # the photo's, as it came, upright
    box: Box  # in the photo at the size that was worked at, before it is cropped or placed
    placed: Box  # the same in the result
    subjects: tuple[Box, ...]  # each by itself, the largest first; in the photo as box is
    confidence: float | None  # 0..1, from the saliency map before it is stretched
    model: str  # empty, and confidence None, where the request brought its own alpha
    model_version: str
    timings_ms: Mapping[str, float]  # by stage, in the order in which they ran

    @cached_property
    def image(self) -> "Image.Image":
        """The cutout as a PIL picture, decoded when it is first asked for. Raises ValueError for a
        ZIP."""
        # Imported here, because clients of a service need no Pillow.
        from PIL import Image

        if self.media_type == MEDIA_TYPES["zip"]:
            raise ValueError("a ZIP is no picture; ask for another format, or read data")
        image = Image.open(BytesIO(self.data))
        image.load()
        return image
