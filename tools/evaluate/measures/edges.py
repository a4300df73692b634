"""How well the outline is met."""

import math

import numpy as np
from scipy import ndimage

from .arrays import Alpha, Mask, to_mask

TOLERANCE = 0.008  # of the diagonal, as in DAVIS


def sobel_accuracy(alpha: Alpha, truth: Alpha) -> float:
    """2 * sum(min(gp, gt)) / sum(gp + gt), where gp and gt are gradient magnitudes.

    A magnitude is hypot(sobel down, sobel across) by scipy.ndimage.sobel, of alphas 0..1 with
    replicated borders. 1 where neither has an edge.
    """
    found, true = _sobel(alpha), _sobel(truth)
    total = float(found.sum() + true.sum())
    return 2 * float(np.minimum(found, true).sum()) / total if total else 1.0


def boundary_f(alpha: Alpha, truth: Alpha) -> float:
    """F of the masks' boundaries (Perazzi et al. 2016, CVPR: DAVIS).

    A boundary pixel matches if the other boundary has one within TOLERANCE, rounded up to whole
    px. 1 where neither has a boundary, 0 where only one has. The picture's border is none.
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
    """Where a pixel differs from its right, lower or lower right neighbour, as in DAVIS's code."""
    padded = np.pad(mask, ((0, 1), (0, 1)), mode="edge")
    right, below, diagonal = padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    boundary: Mask = (mask != right) | (mask != below) | (mask != diagonal)
    return boundary


def _matched(boundary: Mask, other: Mask, reach: int) -> float:
    return float((ndimage.distance_transform_edt(~other)[boundary] <= reach).mean())
