"""What the engine and the doors speak of. Imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Literal

VERSION = "0.1.0"

Format = Literal["png", "webp", "jpg", "avif", "zip"]
Channels = Literal["rgba", "alpha"]
Edges = Literal["off", "fast", "fine"]
Profile = Literal["srgb", "keep"]
Blend = Literal["over", "seamless"]
Subject = Literal["all", "largest"] | int

LEAST_SCALE, MOST_MARGIN = 0.1, {"px": 500, "%": 50}  # remove.bg's
MOST_BLUR = 0.1  # of the longer side
MOST_FRAME = 10  # times the photo's sides
MOST_ERODE_PX = 1000

MEDIA_TYPES: dict[Format, str] = {
    "png": "image/png",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "avif": "image/avif",
    "zip": "application/zip",
}


@dataclass(frozen=True)
class Size:
    """In px, of an upright picture."""

    width: int
    height: int

    def at_most(self, pixels: int) -> "Size":
        """The size of the same shape that has no more pixels; 0 is no limit."""
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
class Length:
    value: float
    unit: Literal["px", "%"] = "px"  # of what, the field that holds it tells

    def px(self, whole: float) -> float:
        return self.value * whole / 100 if self.unit == "%" else self.value


@dataclass(frozen=True)
class Point:
    """A place in the upright photo, from its top left corner; % are of its width and height."""

    x: Length
    y: Length
    is_subject: bool = True


@dataclass(frozen=True)
class Region:
    """A rectangle of the upright photo; % are of its width and height."""

    left: Length
    top: Length
    right: Length
    bottom: Length

    def px(self, width: float, height: float) -> tuple[float, float, float, float]:
        """Of a photo of this size."""
        return (
            self.left.px(width),
            self.top.px(height),
            self.right.px(width),
            self.bottom.px(height),
        )


@dataclass(frozen=True)
class Margins:
    """% are of the subject's height at the top and bottom, and of its width at the sides."""

    top: Length
    right: Length
    bottom: Length
    left: Length

    def are_allowed(self) -> bool:
        lengths = (self.top, self.right, self.bottom, self.left)
        return all(0 <= length.value <= MOST_MARGIN[length.unit] for length in lengths)


@dataclass(frozen=True)
class Thresholds:
    """What of the map is taken for known: rembg's af, ab and ae."""

    foreground: int = 240  # of 255; what is above is opaque
    background: int = 10  # of 255; what is below is gone
    erode_px: int = 10  # both shrink by a square of this side


@dataclass(frozen=True)
class Options:
    model: str = ""  # a file in a model folder; empty is the default of Settings
    model_version: str = ""  # the one that it has to have; empty takes any

    # What is kept.
    roi: Region | None = None  # the subject is looked for in here alone
    points: tuple[Point, ...] = ()  # on the subject, or on what is none of it
    mask: bytes = b""  # a rough one, as a picture: white is subject, black is not, grey is open
    alpha: bytes = b""  # one's own, in grey, of the photo's shape: no network is asked
    subject: Subject = "all"  # of several: an index counts from 0, the largest
    inverse: bool = False  # the background is kept, and the subject goes

    # Its edge.
    edges: Edges = "fast"  # off is the map as it is, enlarged
    thresholds: Thresholds | None = None  # instead of the map's own uncertainty
    binary: bool = False  # alpha 0 or 255 only: rembg's post_process_mask

    # How large it is and where it stands.
    max_pixels: int = 0  # of photo and result: a larger one is made smaller; 0 is no limit
    crop: bool = False  # to the subject
    margin: Margins | None = None  # around what is cropped
    frame: Region | None = None  # what the result shows of the photo, or of more than there is
    canvas: Size | None = None  # the result's size; else the photo's, or the crop's
    scale: float | None = None  # of the subject, as a share of the canvas: 0.1..1
    position: tuple[float, float] | None = None  # of the free space: 0, 0 is the top left corner

    # What is behind it.
    background: str = ""  # "#rgb", "#rrggbb", "#rrggbbaa" or a CSS name; empty stays transparent
    backdrop: bytes = b""  # a picture, which covers the canvas
    blur: float = 0  # the photo itself, blurred by this share of its longer side
    blend: Blend = "over"  # seamless takes on the backdrop's light (Pérez et al. 2003)
    shadow: float = 0  # the opacity of one that falls from the subject: 0..1

    # The file.
    format: Format = "png"  # zip is color.jpg and alpha.png
    channels: Channels = "rgba"  # alpha is the matte alone, as a grey picture: nothing is behind it
    profile: Profile = "srgb"  # keep leaves the colours in the space of the photo
    watermark: bool = False  # words over all of it, as for callers who try out


@dataclass(frozen=True)
class Result:
    data: bytes
    media_type: str
    size: Size
    source: Size  # of the photo as it came, upright
    box: Box  # in the photo at the size that was worked at, before it is cropped or placed
    placed: Box  # the same in the result
    subjects: tuple[Box, ...]  # each by itself, the largest first; in the photo as box is
    confidence: float | None  # 0..1, from the saliency map before it is stretched
    model: str  # empty, as the three around it, where the alpha was the caller's own
    model_version: str
    timings_ms: Mapping[str, float]  # by stage, in the order in which they ran
