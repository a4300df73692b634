"""The four errors of an alpha by Rhemann et al. 2009 (CVPR), over the pixels of a mask `where`.

The paper describes the gradient and the connectivity error in words only. Their details follow the
code behind most published numbers (N. Xu, for Deep Image Matting 2017), but alphas are not
stretched to 0..1.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .arrays import Alpha, Mask

# Errors of an outline stay within the band. Errors farther off belong to another subject, and count
# in the measures of the whole picture.
BAND = 10  # px

SIGMA = 1.4  # px, of the Gaussian derivatives
RADIUS = 4  # px, the first at which the Gaussian is below 0.01
THETA = 0.15  # opacity above the connected level that is ignored
LEVELS = np.arange(1, 11) / 10  # thresholds at which connectivity is tested


def unknown_band(truth: Alpha) -> Mask:
    """Mark pixels within BAND of one that is neither 0 nor 1; none in a binary truth."""
    is_soft = (truth > 0) & (truth < 1)
    if not is_soft.any():
        return is_soft
    band: Mask = ndimage.distance_transform_edt(~is_soft) <= BAND
    return band


def soft_tile(truth: Alpha) -> tuple[slice, slice] | None:
    """Find the rows and columns that the measures of the band depend on; None for a binary truth.

    The tile saves memory and time at many megapixels, and changes no result.
    """
    is_soft = (truth > 0) & (truth < 1)
    if not is_soft.any():
        return None
    margin = BAND + RADIUS
    rows, columns = (np.flatnonzero(is_soft.any(axis)) for axis in (1, 0))
    return (
        slice(max(rows[0] - margin, 0), rows[-1] + margin + 1),
        slice(max(columns[0] - margin, 0), columns[-1] + margin + 1),
    )


def sad(alpha: Alpha, truth: Alpha, where: Mask) -> float:
    """Sum the absolute differences, in thousands."""
    return float(np.abs(alpha - truth)[where].sum()) / 1000


def mse(alpha: Alpha, truth: Alpha, where: Mask) -> float:
    """Average the squared differences, in thousandths. `where` holds at least one pixel."""
    return float(np.square(alpha - truth)[where].mean()) * 1000


def gradient_error(alpha: Alpha, truth: Alpha, where: Mask) -> float:
    """Sum the squared differences of gradient magnitudes, in thousands."""
    return float(np.square(_gradient(alpha) - _gradient(truth))[where].sum()) / 1000


def connectivity_error(alpha: Alpha, truth: Alpha, where: Mask) -> float:
    """Sum the absolute differences of connectedness, in thousands, with the paper's p = 1."""
    level = _connected_up_to(alpha, truth)
    difference = _connectedness(alpha, level) - _connectedness(truth, level)
    return float(np.abs(difference)[where].sum()) / 1000


def _gradient(alpha: Alpha) -> Alpha:
    """Compute gradient magnitudes by filters of unit L2 norm, with replicated borders."""
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
    """Find the highest level up to which each pixel stays in the largest part that both share."""
    lower = np.minimum(alpha, truth)
    level, is_connected = np.zeros_like(lower), np.ones(lower.shape, np.bool_)
    for threshold in LEVELS:
        is_connected &= _largest_part(lower >= threshold)
        level[is_connected] = threshold
    return level


def _largest_part(mask: Mask) -> Mask:
    """Keep the largest 4-connected part of a mask; an empty mask stays empty."""
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    largest: Mask = labels == np.bincount(labels.ravel())[1:].argmax() + 1
    return largest


def _connectedness(alpha: Alpha, level: Alpha) -> Alpha:
    excess = alpha - level
    return 1 - excess * (excess >= THETA)
