"""Separates a saliency map into subjects, numbered from 1, the largest first."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .arrays import Map, Mask, Rectangle, to_uint8
from .geometry import VISIBLE
from .morphology import Labels, connected_components, expand_labels, rank

CORE = 0.5  # saliency that a subject reaches somewhere
LINK = 0.2  # saliency that connects parts, such as a strap that the network half sees
SMALLEST = 0.01  # of the largest subject's summed saliency; smaller parts are strays
FINEST = 320  # px: larger maps are separated at a fraction of their side, in a tenth of the time
MOST = 32  # subjects; the last number is for all further ones


def separate(saliency: Map) -> Labels:
    """Return the number of each pixel's subject, (S, S), or 0 for background and strays.

    Soft rims, and parts too faint to be subjects, belong to the nearest subject.
    """
    if (factor := len(saliency) // FINEST) > 1:
        small = np.asarray(Image.fromarray(saliency).reduce(factor))
        numbers = separate(small).repeat(factor, 0).repeat(factor, 1)
        return np.where(saliency > 0, numbers[: len(saliency), : len(saliency)], 0)
    parts = connected_components(saliency >= LINK)
    weight = np.bincount(parts.ravel(), saliency.ravel())
    weight[0] = 0  # background
    is_stray = weight < SMALLEST * weight.max()
    is_subject = (_maxima(saliency, parts) >= CORE) & ~is_stray
    nearest = expand_labels(np.where((is_subject | is_stray)[parts], parts, 0), saliency > 0)
    numbers = rank(np.where(is_subject, weight, 0)).clip(max=MOST)
    return np.where(saliency > 0, numbers[nearest], 0).astype(np.int32)


def without_strays(saliency: Map, labels: Labels) -> Map:
    """Return the map with 0 where no subject is."""
    return np.where(labels > 0, saliency, 0).astype(np.float32)


def only(saliency: Map, labels: Labels, which: int) -> Map:
    """Return the map of one subject; 1 is the largest."""
    return np.where(labels == which, saliency, 0).astype(np.float32)


def boxes(saliency: Map, labels: Labels) -> list[Rectangle]:
    """Return the bounding box of each subject's visible pixels, in px of the map."""
    seen = np.where(to_uint8(saliency) >= VISIBLE, labels, 0)
    return [_box(seen == which) for which in range(1, int(labels.max(initial=0)) + 1)]


def _maxima(saliency: Map, parts: Labels) -> NDArray[np.float32]:
    """Return the maximum of each part's saliency, by its number."""
    maxima = np.zeros(int(parts.max(initial=0)) + 1, np.float32)
    np.maximum.at(maxima, parts.ravel(), saliency.ravel())
    return maxima


def _box(mask: Mask) -> Rectangle:
    columns, rows = (np.flatnonzero(mask.any(axis)) for axis in (0, 1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
