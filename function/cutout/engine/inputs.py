"""What a Python program may pass as a photo: a file's bytes or path, a PIL picture, an array."""

import os
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cutout.errors import UnreadablePicture

PhotoInput: TypeAlias = (
    bytes | bytearray | memoryview | str | os.PathLike[str] | Image.Image | NDArray[np.uint8]
)
TAKEN = "bytes, a path, a PIL picture, or a NumPy array of uint8, (H, W), (H, W, 3) or (H, W, 4)"


def read(photo: PhotoInput) -> bytes | Image.Image:
    """Return a photo as a file's bytes, or as a copy of a picture, which the engine may change.

    Raises TypeError for what is no photo, UnreadablePicture for one without pixels, and OSError.
    """
    if isinstance(photo, bytes | bytearray | memoryview):
        return bytes(photo)
    if isinstance(photo, str | os.PathLike):
        return Path(photo).read_bytes()
    if isinstance(photo, np.ndarray):
        photo = _to_picture(photo)
    if not isinstance(photo, Image.Image):
        raise TypeError(f"the photo is a {type(photo).__name__}; give {TAKEN}")
    if not (photo.width and photo.height):
        raise UnreadablePicture("the picture has no pixels")
    return photo.copy()


def _to_picture(array: NDArray[np.uint8]) -> Image.Image:
    is_grey, is_colour = array.ndim == 2, array.ndim == 3 and array.shape[2] in (3, 4)
    if array.dtype != np.uint8 or not (is_grey or is_colour):
        raise TypeError(f"the photo is an array of {array.dtype} {array.shape}; give {TAKEN}")
    if not array.size:
        raise UnreadablePicture("the picture has no pixels")
    return Image.fromarray(np.ascontiguousarray(array))
