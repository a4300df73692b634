"""Between the photo's size and the network's square."""

import numpy as np
from PIL import Image

from .arrays import RGB8, Alpha, Map, Photo, Rectangle, to_uint8

GAP = 3.0  # of Image.resize: "indistinguishable from fair resampling in most cases"
VISIBLE = 26  # of 255: below a tenth of opacity nobody sees the subject


def squash(photo: Photo, side: int) -> RGB8:
    """U2-Net is trained on squares made by distortion, so bars at the sides would be new to it."""
    rgb = photo if photo.mode == "RGB" else photo.convert("RGB")  # a convert of nothing copies
    # Averaging whole pixels first leaves three to each of the network's, which Lanczos cannot
    # tell from all of them, and takes a fifth of the time.
    if (factor := min(rgb.size) // (3 * side)) > 1:
        rgb = rgb.reduce(factor)
    # Columns first, as Pillow did when the networks were first used. From Pillow 13 on it takes
    # what is cheaper first, and what it rounds in between moves the map by up to 0.12.
    columns = rgb.resize((side, rgb.height), Image.Resampling.LANCZOS)
    return np.asarray(columns.resize((side, side), Image.Resampling.LANCZOS))


def enlarge(saliency: Map, size: tuple[int, int]) -> Alpha:
    """The map at (width, height). Bilinear: sharper kernels ring, and ringing is a halo."""
    return Image.fromarray(to_uint8(saliency)).resize(size, Image.Resampling.BILINEAR)


def subject_box(alpha: Alpha) -> Rectangle | None:
    """(left, top, right, bottom) of what is visible."""
    return alpha.point([0] * VISIBLE + [255] * (256 - VISIBLE)).getbbox()


def at_most(side: int, size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the same shape whose longer side is no more than this."""
    scale = min(1, side / max(size))
    width, height = size
    return max(1, round(width * scale)), max(1, round(height * scale))


def sides(box: Rectangle) -> tuple[int, int]:
    """Its width and height."""
    return box[2] - box[0], box[3] - box[1]
