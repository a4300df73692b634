"""What a Python program may pass as a photo: a file's bytes or path, a PIL picture, an array."""

import os
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cutout.codec import transparent_colour
from cutout.errors import UnreadablePicture

PhotoInput: TypeAlias = (
    bytes | bytearray | memoryview | str | os.PathLike[str] | Image.Image | NDArray[np.uint8]
)
FORMATS = ("PNG", "TIFF", "GIF", "BMP", "WEBP", "AVIF")  # of a JPEG the picture tells all
TAKEN = "bytes, a path, a PIL picture, or a NumPy array of uint8, (H, W), (H, W, 3) or (H, W, 4)"


def read(photo: PhotoInput, max_bytes: int) -> bytes | Image.Image:
    """Return a photo as a file's bytes, or as a copy of a picture, which the engine may change. Of
    a picture that PIL has opened the file is read if it has at most `max_bytes`.

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
    data = _file_of(photo)
    return data if data and len(data) <= max_bytes else _copy(photo)


def _file_of(picture: Image.Image) -> bytes | None:
    """Return the file that PIL has opened and not read yet, if it tells more of its pixels than the
    picture does, such as how many bits the samples have that a clear colour is compared with."""
    file = getattr(picture, "fp", None)
    if not file or picture.format not in FORMATS or getattr(picture, "n_frames", 1) > 1:
        return None
    place = file.tell()
    file.seek(0)
    data: bytes = file.read()
    file.seek(place)
    return data


def _copy(picture: Image.Image) -> Image.Image:
    """Return a copy without a clear colour that cannot be its own: PIL gives the channels of a
    picture the info of the whole."""
    copy = picture.copy()
    if not transparent_colour.is_colour(copy.info.get("transparency"), copy.mode):
        copy.info.pop("transparency", None)
    return copy


def _to_picture(array: NDArray[np.uint8]) -> Image.Image:
    is_grey, is_colour = array.ndim == 2, array.ndim == 3 and array.shape[2] in (3, 4)
    if array.dtype != np.uint8 or not (is_grey or is_colour):
        raise TypeError(f"the photo is an array of {array.dtype} {array.shape}; give {TAKEN}")
    if not array.size:
        raise UnreadablePicture("the picture has no pixels")
    return Image.fromarray(np.ascontiguousarray(array))
