"""The array and image types of core, with their shapes and units.

S is the side of the network's square input. Full-size pixels stay Pillow images, and become arrays
a tile or a strip at a time: Pillow changes RGB to RGBA in place, where a round trip through numpy
costs a copy of the photo and 0.2 s at 12 MP.

    Planes      (..., H, W)   float32   stacked: one of each colour, or coefficient
    Rectangle   left, top, right, bottom in px, between the pixels
    RGB8        (S, S, 3)     uint8     sRGB, gamma-encoded, upright
    Map         (H, W)        float32   0..1: a saliency map (S, S), or an alpha at a small size
    Mask        (H, W)        bool
    Tensor      (1, 3, S, S)  float32   the network's input, channels first, mean/std normalised
    Photo       Pillow RGB, or RGBA where the file had transparency
    Alpha       Pillow L, the final opacity
    Cutout      Pillow RGBA, straight alpha
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RGB8: TypeAlias = NDArray[np.uint8]
Map: TypeAlias = NDArray[np.float32]
Mask: TypeAlias = NDArray[np.bool_]
Tensor: TypeAlias = NDArray[np.float32]
Planes: TypeAlias = NDArray[np.float32]
Rectangle: TypeAlias = tuple[int, int, int, int]
Photo: TypeAlias = Image.Image
Alpha: TypeAlias = Image.Image
Cutout: TypeAlias = Image.Image


def to_uint8(values: Map) -> NDArray[np.uint8]:
    """Return 0..1 as 0..255, (H, W), rounded to nearest where rembg truncates."""
    return (values.clip(0, 1) * 255 + 0.5).astype(np.uint8)
