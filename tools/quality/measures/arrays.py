"""The arrays that all measures share.

Alpha   (H, W)      float64   0..1, the opacity
RGBA8   (H, W, 4)   uint8     sRGB, gamma-encoded, straight alpha
Mask    (H, W)      bool
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Alpha: TypeAlias = NDArray[np.float64]
RGBA8: TypeAlias = NDArray[np.uint8]
Mask: TypeAlias = NDArray[np.bool_]


def to_alpha(picture: RGBA8) -> Alpha:
    return picture[..., 3] / 255


def to_mask(alpha: Alpha) -> Mask:
    """Mark the pixels of the subject: an opacity of half or more, which is 128 of 255."""
    return alpha >= 0.5
