"""What the engine and the doors speak of. Imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

VERSION = "0.1.0"

Format = Literal["png", "webp", "jpg"]
Channels = Literal["rgba", "alpha"]

MEDIA_TYPES: dict[Format, str] = {"png": "image/png", "webp": "image/webp", "jpg": "image/jpeg"}


@dataclass(frozen=True)
class Options:
    model: str = ""  # a file in a model folder; empty is the default of Settings
    format: Format = "png"
    channels: Channels = "rgba"  # alpha gives the matte alone, as a grey picture
    background: str = ""  # "#rgb", "#rrggbb", "#rrggbbaa" or a CSS name; empty stays transparent
    binary: bool = False  # alpha 0 or 255 only: rembg's post_process_mask


@dataclass(frozen=True)
class Size:
    """In px, of the upright picture."""

    width: int
    height: int


@dataclass(frozen=True)
class Box:
    """The smallest rectangle around the subject, in px from the top left corner."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Result:
    data: bytes
    media_type: str
    size: Size
    box: Box
    confidence: float  # 0..1, from the saliency map before it is stretched
    model: str
    model_version: str
    timings_ms: Mapping[str, float]  # by stage, in the order in which they ran
