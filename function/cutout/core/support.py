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

from .arrays import Alpha, Map, Mask, Photo, to_uint8
from .band import Band, ByColumns, ByRows, Windows
from .closed_form import colours_in
from .geometry import enlarge
from .morphology import dilate, erode

RADIUS = 8  # px of the map, of the windows in which alpha explains the photo
SMOOTH_PX = 2  # of the map: the radius over which weights are averaged, or their steps would show

# Variances of a grain of 4 levels, and of an alpha of 0.03: a window with less has no edge.
GRAIN, FLAT = np.float32(3e-4), np.float32(1e-3)


def weight(photo: Photo, alpha: Map, wanted: Mask, little: float, enough: float) -> Map:
    """Return the weight of alpha, (H, W), against the map: (H, W) in 0..1.

    It follows from the share of the variance of a window's colours that alpha explains: 0 up to the
    share `little`, 1 from `enough`, and 0 where it is not wanted. The photo is RGB, of the alpha's
    size.
    """
    band = Band(wanted, RADIUS + SMOOTH_PX)
    windows, near = Windows(band, RADIUS), Windows(band, SMOOTH_PX)
    explained = _explained(windows, colours_in(band, photo), band.gather(alpha))
    support = (explained - np.float32(little)) / np.float32(enough - little)
    smooth = near.spread(support.clip(0, 1))
    smooth /= np.maximum(near.spread(windows.is_complete), 1)
    plane = np.zeros_like(alpha)
    band.scatter(smooth[None], plane[..., None])
    return plane


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


def _explained(windows: Windows, colours: ByRows, alpha: ByRows) -> ByColumns:
    """Return R², the share of the colours' variance that a linear function of alpha explains."""
    squares = np.stack([np.square(colours).sum(0), alpha * alpha])
    means = windows.means(np.concatenate([colours, alpha[None], squares, alpha * colours]))
    colour, opacity, (square, alpha_square), joint = means[:3], means[3], means[4:6], means[6:]
    variance = (square - np.square(colour).sum(0)).clip(0) + GRAIN
    spread = (alpha_square - opacity * opacity).clip(0) + FLAT
    covariance = joint - opacity * colour
    explained: ByColumns = np.square(covariance).sum(0) / (spread * variance)
    return explained
