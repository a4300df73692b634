"""Reads what a photo's own alpha says about its subject."""

import numpy as np
from PIL import Image

from .arrays import Alpha, Map, Photo, Rectangle
from .geometry import VISIBLE, sides

WHITE = (255, 255, 255)
IS_VISIBLE = [0] * VISIBLE + [255] * (256 - VISIBLE)  # tables for Image.point
IS_OPAQUE = [0] * 255 + [255]

# Of the picture's rim. Of 94 cutouts, cropped to their boxes, each has a rim that is 0.61 clear or
# more. A photo with round corners, or with a hole in it, stays far below.
CLEAR_RIM = 0.5
# Of a rectangle. What fills it is a photo on a larger canvas. An app's icon, with corners that are
# round by 0.22 of its side, fills 0.96, and each of the 94 cutouts less than 0.8.
FULL = 0.97


def is_opaque(alpha: Alpha) -> bool:
    """Return whether every pixel of an alpha (Pillow's mode L) is 255, which is opaque."""
    lowest, _ = alpha.getextrema()
    return lowest == 255


def has_clear_rim(alpha: Alpha) -> bool:
    """Whether half of the picture's rim is clear, as it is around something cut out."""
    width, height = alpha.size
    lines = ((0, 0, width, 1), (0, height - 1, width, height),
             (0, 0, 1, height), (width - 1, 0, width, height))  # fmt: skip
    rim = np.concatenate([np.asarray(alpha.crop(line)).ravel() for line in lines])
    return float((rim < VISIBLE).mean()) >= CLEAR_RIM


def fills(alpha: Alpha, box: Rectangle) -> bool:
    """Whether at least FULL of the pixels in a box, in px of the alpha, are visible."""
    width, height = sides(box)
    visible = alpha.crop(box).point(IS_VISIBLE).histogram()[255]
    return visible >= FULL * width * height


def on_white(photo: Photo, alpha: Alpha) -> Photo:
    """Return an RGB photo of straight colours as a white page shows it."""
    page = Image.new("RGB", photo.size, WHITE)
    page.paste(photo, mask=alpha)
    return page


def to_map(alpha: Alpha, side: int) -> Map:
    """Return an alpha as a saliency map of this side."""
    small = alpha.resize((side, side), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)


def paste_opaque(photo: Photo, restored: Photo, alpha: Alpha) -> None:
    """Replace the photo's colours, in place, where it is opaque: where it is not, straight colours
    are the subject's own."""
    photo.paste(restored, mask=alpha.point(IS_OPAQUE, "1"))
