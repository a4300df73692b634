"""How far a photo supports its refined alpha. Where it does not, the saliency map stays.

A closed form finds an edge in any picture: in leaves, bricks and motion blur it finds edges of no
subject. Two limits keep them out. In a window with one subject and one background the photo is a
mixture of two colours, I = B + alpha (F - B), so that alpha explains most of the variance of I;
`weight` measures this. And an edge of the map is off by a few px of the map at most: `bounds` are
the least and the most of the map's values within that distance. Where the map is flat, as in glass,
both are the map itself.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .arrays import Alpha, Map, to_uint8
from .geometry import enlarge
from .guided_filter import Colours
from .morphology import dilate, erode
from .window import box_sums

RADIUS = 8  # px of the map, of the windows in which alpha explains the photo
SMOOTH_PX = 2  # of the map: the radius over which weights are averaged, or their steps would show

# Variances of a grain of 4 levels, and of an alpha of 0.03: a window with less has no edge.
GRAIN, FLAT = np.float32(3e-4), np.float32(1e-3)


def weight(colours: Colours, alpha: Map, little: float, enough: float) -> Map:
    """Return 0..1, (H, W), by the share of the variance of a window's colours, (3, H, W), that
    alpha, (H, W), explains: 0 up to the share `little`, 1 from `enough`."""
    support = (_explained(colours, alpha) - np.float32(little)) / np.float32(enough - little)
    return _means(support.clip(0, 1), SMOOTH_PX)


def bounds(
    saliency: Map, size: tuple[int, int], reach_px: int, slack: float
) -> tuple[Alpha, Alpha]:
    """Return the least and the most opacity, of (width, height) px, for edges of the map that are
    off by up to `reach_px`. Values within `slack` of 0 or 1 may become 0 or 1."""
    values = np.asarray(enlarge(saliency, size))
    smooth = ImageFilter.BoxBlur(1)
    low, high = erode(values, reach_px), dilate(values, reach_px)
    return (
        Image.fromarray(np.minimum(low, _stretched(low, slack))).filter(smooth),
        Image.fromarray(np.maximum(high, _stretched(high, slack))).filter(smooth),
    )


def _stretched(values: NDArray[np.uint8], slack: float) -> NDArray[np.uint8]:
    scaled = values.astype(np.float32) / np.float32(255)
    return to_uint8((scaled - np.float32(slack)) / np.float32(1 - 2 * slack))


def _explained(colours: Colours, alpha: Map) -> Map:
    """Return R², the share of the colours' variance that a linear function of alpha explains."""
    count = len(colours)
    squares = np.stack([np.square(colours).sum(0), alpha * alpha])
    means = _means(np.concatenate([colours, alpha[None], squares, alpha * colours]), RADIUS)
    colour, opacity = means[:count], means[count]
    variance = (means[count + 1] - np.square(colour).sum(0)).clip(0) + GRAIN
    spread = (means[count + 2] - opacity * opacity).clip(0) + FLAT
    covariance = means[count + 3 :] - opacity * colour
    explained: Map = np.square(covariance).sum(0) / (spread * variance)
    return explained


def _means(values: Map, radius: int) -> Map:
    total = box_sums(values, radius)
    total /= box_sums(np.ones(values.shape[-2:], np.float32), radius)
    return total
