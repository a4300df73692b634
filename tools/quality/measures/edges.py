"""Measures of the outline: Sobel accuracy and boundary F."""

import math

import numpy as np
from scipy import ndimage

from .arrays import Alpha, Mask, to_mask

TOLERANCE = 0.008  # of the diagonal, as in DAVIS


def sobel_accuracy(alpha: Alpha, truth: Alpha) -> float:
    """Compute 2 * sum(min(g, h)) / sum(g + h) of the Sobel magnitudes g and h of both alphas.

    Borders are replicated. The result is 1 where neither alpha has an edge.
    """
    found, true = _sobel(alpha), _sobel(truth)
    total = float(found.sum() + true.sum())
    return 2 * float(np.minimum(found, true).sum()) / total if total else 1.0


def boundary_f(alpha: Alpha, truth: Alpha) -> float:
    """Compute the F-measure of the masks' boundaries (Perazzi et al. 2016, CVPR: DAVIS).

    A boundary pixel matches if the other boundary has a pixel within TOLERANCE, rounded up to
    whole px. The result is 1 where neither mask has a boundary and 0 where only one has. The
    border of the picture is no boundary.
    """
    found, true = _boundary(to_mask(alpha)), _boundary(to_mask(truth))
    if not (found.any() and true.any()):
        return float(found.any() == true.any())
    reach = math.ceil(TOLERANCE * math.hypot(*truth.shape))
    precision, recall = _matched(found, true, reach), _matched(true, found, reach)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _sobel(alpha: Alpha) -> Alpha:
    down, across = (ndimage.sobel(alpha, axis, mode="nearest") for axis in (0, 1))
    magnitude: Alpha = np.hypot(down, across)
    return magnitude


def _boundary(mask: Mask) -> Mask:
    """Mark pixels that differ from their right, lower or lower right neighbour, as DAVIS does."""
    padded = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    right, below, diagonal = padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    boundary: Mask = (mask != right) | (mask != below) | (mask != diagonal)
    return boundary


def _matched(boundary: Mask, other: Mask, reach: int) -> float:
    return float((ndimage.distance_transform_edt(~other)[boundary] <= reach).mean())
