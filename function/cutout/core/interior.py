"""The interior of a subject, in which what is see-through, such as glass, can be made opaque.

Soft pixels belong to the interior if opaque pixels enclose them, or if they are farther from any
background than a soft edge is wide. Edges, hair and holes are not part of it.
"""

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from .arrays import Alpha, Mask
from .morphology import connected_components, dilate, erode
from .trimap import HIGH, LOW

SIDE = 1024  # px, of the longer one, at which the interior is found
EDGE = 1 / 20  # of the longer side: how far hair and blur reach into the subject
NEAR_PX = 3  # a soft region as close as this to the background is part of the edge
IS_BACKGROUND = [255 if value < LOW else 0 for value in range(256)]  # tables for Image.point
IS_NOT_OPAQUE = [255 if value < HIGH else 0 for value in range(256)]
IS_ANY = [0] + [255] * 255


def make_opaque(alpha: Alpha) -> Alpha:
    """Return the alpha raised to 255 in the interior, and unchanged elsewhere.

    Where nothing opaque is between, it rises smoothly, over half of EDGE."""
    factor = -(-max(alpha.size) // SIDE)
    is_background = _reduce(alpha, IS_BACKGROUND, factor)
    is_soft = _reduce(alpha, IS_NOT_OPAQUE, factor) & ~is_background
    if not is_soft.any():
        return alpha
    weight = ImageChops.lighter(_deep(is_background), _picture(_enclosed(is_soft, is_background)))
    part = (0, 0, alpha.width / factor, alpha.height / factor)
    return ImageChops.screen(alpha, weight.resize(alpha.size, Image.Resampling.BILINEAR, part))


def _reduce(alpha: Alpha, table: list[int], factor: int) -> Mask:
    """Return where any of the factor² pixels has the property."""
    return np.asarray(alpha.point(table).reduce(factor).point(IS_ANY)) > 0


def _enclosed(is_soft: Mask, is_background: Mask) -> Mask:
    """Return the soft regions that opaque pixels keep apart from the background."""
    regions = connected_components(is_soft)
    edges = np.unique(regions[dilate(is_background, NEAR_PX)])
    return dilate((regions > 0) & ~np.isin(regions, edges), 1)


def _deep(is_background: Mask) -> Image.Image:
    """Return the weight of the interior, L, by the distance from the background, in squares."""
    edge = max(1, round(EDGE * max(is_background.shape)))
    rise = max(1, edge // 4)
    return _picture(erode(~is_background, edge + rise)).filter(ImageFilter.BoxBlur(rise))


def _picture(mask: Mask) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(mask).astype(np.uint8) * 255)
