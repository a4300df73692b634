"""Which parts of a map belong together: its subjects, numbered from 1, the largest first."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .arrays import Map, Mask, Rectangle, to_uint8
from .geometry import VISIBLE

Labels: TypeAlias = NDArray[np.int32]  # (S, S); 0 is none

CORE = 0.5  # what reaches this somewhere is a subject
LINK = 0.2  # what reaches this holds together: a strap or a handle that the network half sees
SMALLEST = 0.01  # of the largest subject's weight; what has less and stands apart is a stray
MOST = 32  # subjects that are told apart; the last number is for all the rest


def separate(saliency: Map) -> Labels:
    """The subject of every pixel above 0. The soft rim goes with what is nearest, and so does a
    part that is too faint to be a subject. A stray has none."""
    parts = label(saliency >= LINK)
    weight = np.bincount(parts.ravel(), saliency.ravel())
    weight[0] = 0  # what is no part at all
    is_stray = weight < SMALLEST * weight.max()
    is_subject = (_highest(saliency, parts) >= CORE) & ~is_stray
    nearest = _grown(np.where((is_subject | is_stray)[parts], parts, 0), saliency > 0)
    numbers = _ranks(np.where(is_subject, weight, 0)).clip(max=MOST)
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


def label(mask: Mask) -> Labels:
    """Connected components, corners included, by the runs of each row."""
    side = mask.shape[1] + 2  # a gap after each row, or a run would go on in the next
    flat = np.pad(mask, ((0, 0), (1, 1))).ravel()
    ends = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, stops = ends[::2], ends[1::2]
    names = _joined(len(starts), *_touching(starts, stops, side))
    _, names = np.unique(names, return_inverse=True)
    numbers = _ranks(np.bincount(names, stops - starts))
    labels = np.zeros(flat.shape, np.int32)
    labels[flat] = np.repeat(numbers[names], stops - starts)
    return labels.reshape(-1, side)[:, 1:-1]


def _touching(
    starts: NDArray[np.int64], stops: NDArray[np.int64], side: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of runs of which the second lies in the row below the first, and touches it."""
    first = np.searchsorted(stops, starts + side)
    count = np.searchsorted(starts, stops + side, "right") - first
    above = np.repeat(np.arange(len(starts)), count)
    within = np.arange(len(above)) - np.repeat(count.cumsum() - count, count)
    return above, np.repeat(first, count) + within


def _joined(count: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """The least member of each one's set. Every round halves the sets that are still to join."""
    least = np.arange(count)
    while (apart := least[a] != least[b]).any():
        a, b = a[apart], b[apart]
        np.minimum.at(least, np.maximum(least[a], least[b]), np.minimum(least[a], least[b]))
        while (least[least] != least).any():
            least = least[least]
    return least


def _ranks(weight: NDArray[np.number]) -> Labels:
    """1 for the heaviest, and 0 for what weighs nothing."""
    order = np.argsort(-weight, kind="stable")[: np.count_nonzero(weight)]
    ranks = np.zeros(len(weight), np.int32)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks


def _highest(saliency: Map, parts: Labels) -> Map:
    highest = np.zeros(int(parts.max(initial=0)) + 1, np.float32)
    np.maximum.at(highest, parts.ravel(), saliency.ravel())
    return highest


def _grown(labels: Labels, room: Mask) -> Labels:
    """Each pixel's nearest label, until there is none in `room` without one."""
    side = labels.shape[1] + 2
    steps = (-side, side, -1, 1, -side - 1, 1 - side, side - 1, side + 1)
    grown = np.pad(labels, 1, constant_values=-1).ravel()  # a frame that nothing crosses
    wanted = np.pad(room, 1).ravel()
    front = np.flatnonzero(grown > 0)
    while front.size and (wanted & (grown == 0)).any():
        fresh = []
        for step in steps:
            free = front[grown[front + step] == 0]
            grown[free + step] = grown[free]
            fresh.append(free + step)
        front = np.concatenate(fresh)
    return grown.reshape(-1, side)[1:-1, 1:-1]


def _box(mask: Mask) -> Rectangle:
    columns, rows = (np.flatnonzero(mask.any(axis)) for axis in (0, 1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
