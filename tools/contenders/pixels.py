"""Bytes to arrays and back, for contenders that work on arrays."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

RGB8 = NDArray[np.uint8]


def decode(data: bytes) -> RGB8:
    upright = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    return np.asarray(upright.convert("RGB"))


def encode(pixels: RGB8) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()
