"""What a contender's function and its worker agree on. Both environments have what it imports."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

RGB8 = NDArray[np.uint8]


class Refused(Exception):
    """The tool reports that it finds no subject."""


@dataclass(frozen=True)
class Cut:
    png: bytes
    said: dict[str, Any] = field(default_factory=dict)  # what the tool reports about its work


Run = Callable[..., Cut]


def decode(data: bytes) -> RGB8:
    """Decode an image upright: (H, W, 3)."""
    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    return np.asarray(upright.convert("RGB"))


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """Encode (H, W), (H, W, 3) or (H, W, 4) as PNG."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
