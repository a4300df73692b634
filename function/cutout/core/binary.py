"""A binary alpha, 0 or 255, as rembg's post_process_mask makes it."""

import numpy as np
from PIL import Image, ImageFilter

from .arrays import Alpha
from .morphology import open_by_cross

HALF = [0] * 128 + [255] * 128  # a table for Image.point; rembg's threshold of 127
SMOOTH = ImageFilter.GaussianBlur(2)  # rembg's sigma, in px


def binary(alpha: Alpha) -> Alpha:
    """Return the alpha opened by a cross of 3 px, blurred, and thresholded at half."""
    opened = Image.fromarray(open_by_cross(np.asarray(alpha)))
    return opened.filter(SMOOTH).point(HALF)
