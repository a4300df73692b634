"""How true the opacity is, by the four errors of Rhemann et al. 2009 (CVPR), where `where` says.

Two of them the paper gives in words. Their details are those of the code behind most published
numbers (N. Xu, for Deep Image Matting 2017), without its stretch of the alphas.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .arrays import Alpha, Mask

# An outline that is off by less errs within the band. What is further off is another subject, and
# shows in the errors of the whole picture.
BAND = 10  # px

SIGMA = 1.4  # px, of the Gaussian derivatives
RADIUS = 4  # px, the first at which the Gaussian is below 0.01
THETA = 0.15  # of opacity: less than this above the connected level goes unseen
LEVELS = np.arange(11) / 10  # at which connectivity is asked for


def unknown_band(truth: Alpha) -> Mask:
    """What is neither 0 nor 1, and what is within BAND of it; empty for a truth that is binary."""
    is_soft = (truth > 0) & (truth < 1)
    if not is_soft.any():
        return is_soft
    band: Mask = ndimage.distance_transform_edt(~is_soft) <= BAND
    return band


def sad(alpha: Alpha, truth: Alpha, where: Mask) -> float:
    """The sum of absolute differences, in thousands."""
    return float(np.abs(alpha - truth)[where].sum()) / 1000


def mse(alpha: Alpha, truth: Alpha, where: Mask) -> float:
    """The mean squared difference, in thousandths; `where` holds a pixel at least."""
    return float(np.square(alpha - truth)[where].mean()) * 1000


def gradient_error(alpha: Alpha, truth: Alpha, where: Mask) -> float:
    """The sum of squared differences of gradient magnitudes, in thousands."""
    return float(np.square(_gradient(alpha) - _gradient(truth))[where].sum()) / 1000


def connectivity_error(alpha: Alpha, truth: Alpha, where: Mask) -> float:
    """The sum of absolute differences of connectedness, in thousands; the paper's p is 1."""
    level = _connected_up_to(alpha, truth)
    difference = _connectedness(alpha, level) - _connectedness(truth, level)
    return float(np.abs(difference)[where].sum()) / 1000


def _gradient(alpha: Alpha) -> Alpha:
    """Magnitudes by filters of unit L2 norm, borders replicated."""
    x = np.arange(-RADIUS, RADIUS + 1, dtype=np.float64)
    smooth = np.exp(-(x**2) / (2 * SIGMA**2))
    magnitude: Alpha = np.hypot(
        _filtered(alpha, down=x * smooth, across=smooth),
        _filtered(alpha, down=smooth, across=x * smooth),
    )
    return magnitude


def _filtered(alpha: Alpha, down: NDArray[np.float64], across: NDArray[np.float64]) -> Alpha:
    filtered = alpha
    for axis, weights in enumerate((down, across)):
        unit = weights / np.linalg.norm(weights)
        filtered = ndimage.correlate1d(filtered, unit, axis, mode="nearest")
    return filtered


def _connected_up_to(alpha: Alpha, truth: Alpha) -> Alpha:
    """The highest level to which a pixel belongs to the largest part that both share, unbroken."""
    lower = np.minimum(alpha, truth)
    level, is_connected = np.zeros_like(lower), np.ones(lower.shape, np.bool_)
    for threshold in LEVELS[1:]:
        is_connected &= _largest_part(lower >= threshold)
        level[is_connected] = threshold
    return level


def _largest_part(mask: Mask) -> Mask:
    """Of the parts connected by their sides; the mask itself if it is empty."""
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    largest: Mask = labels == np.bincount(labels.ravel())[1:].argmax() + 1
    return largest


def _connectedness(alpha: Alpha, level: Alpha) -> Alpha:
    excess = alpha - level
    return 1 - excess * (excess >= THETA)
