"""Which parts of a map belong together: its subjects, numbered from 1, the largest first."""

import numpy as np

from .arrays import Map, Mask, Rectangle, to_uint8
from .geometry import VISIBLE
from .morphology import Labels, connected_components, expand_labels, rank

CORE = 0.5  # what reaches this somewhere is a subject
LINK = 0.2  # what reaches this holds together: a strap or a handle that the network half sees
SMALLEST = 0.01  # of the largest subject's weight; what has less and stands apart is a stray
MOST = 32  # subjects that are told apart; the last number is for all the rest


def separate(saliency: Map) -> Labels:
    """The subject of every pixel above 0. The soft rim goes with what is nearest, and so does a
    part that is too faint to be a subject. A stray has none."""
    parts = connected_components(saliency >= LINK)
    weight = np.bincount(parts.ravel(), saliency.ravel())
    weight[0] = 0  # what is no part at all
    is_stray = weight < SMALLEST * weight.max()
    is_subject = (_highest(saliency, parts) >= CORE) & ~is_stray
    nearest = expand_labels(np.where((is_subject | is_stray)[parts], parts, 0), saliency > 0)
    numbers = rank(np.where(is_subject, weight, 0)).clip(max=MOST)
    return np.where(saliency > 0, numbers[nearest], 0).astype(np.int32)


def without_strays(saliency: Map, labels: Labels) -> Map:
    return np.where(labels > 0, saliency, 0).astype(np.float32)


def only(saliency: Map, labels: Labels, which: int) -> Map:
    """One subject alone; 1 is the largest."""
    return np.where(labels == which, saliency, 0).astype(np.float32)


def boxes(saliency: Map, labels: Labels) -> list[Rectangle]:
    """Around what is seen of each subject, the largest first, in px of the map."""
    seen = np.where(to_uint8(saliency) >= VISIBLE, labels, 0)
    return [_box(seen == which) for which in range(1, int(labels.max(initial=0)) + 1)]


def scaled(box: Rectangle, side: int, size: tuple[int, int]) -> Rectangle:
    """From px of the map to px of a photo of (width, height), of which it touches all."""
    width, height = size
    left, top, right, bottom = box
    return (
        left * width // side,
        top * height // side,
        -(-right * width // side),
        -(-bottom * height // side),
    )


def _highest(saliency: Map, parts: Labels) -> Map:
    highest = np.zeros(int(parts.max(initial=0)) + 1, np.float32)
    np.maximum.at(highest, parts.ravel(), saliency.ravel())
    return highest


def _box(mask: Mask) -> Rectangle:
    columns, rows = (np.flatnonzero(mask.any(axis)) for axis in (0, 1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
