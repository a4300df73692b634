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

# A look at a cutout pays where a bad one that is delivered costs more than 1 / (1 - this), or 3.3,
# looks. Of 188 cutouts that were predicted by cross-validation, 48 are below this, and 31 of the 44
# bad ones are among them (python -m tools.quality.confidence DATA).
REVIEW_BELOW = 0.7


@dataclass(frozen=True)
class Kind:
    """A kind of file that photos come in."""

    name: str  # Pillow's, or HEIC
    media_type: str
    suffixes: tuple[str, ...]
    signature: re.Pattern[bytes]  # of the first bytes


def _signature(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


def _brands(pattern: bytes) -> re.Pattern[bytes]:
    """The signature of a file of ISO base media that has such a brand, major or compatible."""
    return _signature(rb"....ftyp(?:....){0,15}?(?:%b)" % pattern)


HEIC = Kind(
    "HEIC", "image/heic", (".heic", ".heif", ".hif"), _brands(rb"hei[cxms]|hev[cxms]")
)  # read with an extra: see installation.EXTRAS
KINDS = (
    Kind(
        "JPEG",
        "image/jpeg",
        (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
        _signature(rb"\xff\xd8\xff"),
    ),
    Kind("PNG", "image/png", (".png", ".apng"), _signature(rb"\x89PNG\r\n\x1a\n")),
    Kind("WEBP", "image/webp", (".webp",), _signature(rb"RIFF....WEBP")),
    Kind("AVIF", "image/avif", (".avif",), _brands(rb"avi[fs]")),
    HEIC,
    Kind("GIF", "image/gif", (".gif",), _signature(rb"GIF8[79]a")),
    Kind("BMP", "image/bmp", (".bmp",), _signature(rb"BM")),
    Kind("TIFF", "image/tiff", (".tif", ".tiff"), _signature(rb"II[*+]\0(?!....CR)|MM\0[*+]")),
)
# Before the root of an SVG or a web page: spaces, comments and declarations.
IGNORED = rb"(?:\xef\xbb\xbf)?(?>\s|<!--.{0,500}?-->|<\?xml.{0,200}?\?>|<!DOCTYPE svg.{0,300}?>)*+"
# Kinds that people send and that are not read.
OTHER_KINDS = (
    ("a PDF", _signature(rb"%PDF-")),
    ("a Photoshop file (PSD)", _signature(rb"8BPS")),
    ("a JPEG XL file", _signature(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n")),
    ("a JPEG 2000 file", _signature(rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  \r\n\x87\n")),
    ("an icon (ICO)", _signature(rb"\0\0[\x01\x02]\0[^\0]\0")),
    ("a camera's raw file", _signature(
        rb"II\*\0....CR|....ftypcrx |FUJIFILMCCD-RAW|IIR[OS]|MMOR|IIU\0|FOVb"
    )),
    ("a HEIF file whose pixels are neither HEVC nor AV1", _brands(rb"mi[af]1|miaf|msf1")),
    ("a video", _signature(
        rb"....(?:ftyp|moov|mdat|wide|free)|\x1aE\xdf\xa3|RIFF....AVI |\0\0\x01[\xb3\xba]"
    )),
    ("an SVG drawing", _signature(IGNORED + rb"<svg")),
    ("a web page (HTML)", _signature(rb"(?i)" + IGNORED + rb"<(?:!doctype html|html|head|body)")),
    ("a ZIP archive", _signature(rb"PK\x03\x04")),
)  # fmt: skip


def kind_of(data: bytes) -> Kind | None:
    """Return the kind of a file by its first bytes, if it is one that photos come in."""
    return next((kind for kind in KINDS if kind.signature.match(data)), None)


def refusal(data: bytes) -> str:
    """Return the sentence for a file of no kind that photos come in."""
    names = [kind.name for kind in KINDS if kind != HEIC]  # which needs an extra
    known = f"{', '.join(names[:-1])} or {names[-1]}"
    start = data[:2048]
    for name, signature in OTHER_KINDS:
        if signature.match(start):
            return f"the file is {name}; send a photo as {known}"
    return f"not a {known} file"


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
    confidence: float | None  # probability of an IoU of 0.8 or more with the true mask
    model: str  # empty, and confidence None, where the request brought its own alpha
    model_version: str
    looks: int  # inferences made: of the photo, of a part of it or of its mirror image
    looks_skipped: int  # those of the quality for which there was no time
    timings_ms: Mapping[str, float]  # by stage, in the order in which they ran

    @property
    def subject_count(self) -> int:
        """How many separate subjects were found, whichever of them are in the cutout."""
        return len(self.subjects)

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
