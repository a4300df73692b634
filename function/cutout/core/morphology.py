"""Mathematical morphology on uint8 and boolean images, and connected components.

Pixels outside the image do not count: an erosion does not start at the image's border.
"""

from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from .arrays import Mask

Labels: TypeAlias = NDArray[np.int32]  # (H, W); 0 is background
Gray = TypeVar("Gray", NDArray[np.uint8], Mask)  # (H, W)
Runs: TypeAlias = NDArray[np.int64]  # (N,) positions, or indices, of runs of True


def dilate(image: Gray, radius: int) -> Gray:
    """Return the maximum over squares of 2 radius + 1 px.

    Window lengths double, so that a radius costs two logarithms of it in maxima, where a filter
    that visits each pixel of a square costs its square.
    """
    size = 2 * radius + 1
    for _ in ("rows", "columns"):
        image, length = np.pad(image, ((radius, radius), (0, 0))), 1
        while length < size:
            step = min(length, size - length)
            image, length = np.maximum(image[:-step], image[step:]), length + step
        image = image.T
    return image


def erode(image: Gray, radius: int) -> Gray:
    """Return the minimum over squares of 2 radius + 1 px."""
    return ~dilate(~image, radius)


def open_by_cross(image: Gray) -> Gray:
    """Return the opening by a cross of 3 px: an erosion, which removes specks, then a dilation."""
    return _over_cross(np.maximum, _over_cross(np.minimum, image))


def erode_by_octagon(mask: Mask, radius: int) -> Mask:
    """Erode by a cross and a square of 3 px in turn, radius times, which is nearly a disc."""
    for step in range(radius):
        eroded = mask.copy()
        _pick_neighbours(np.minimum, mask, eroded)
        columns = eroded.copy() if step % 2 else mask
        _pick_neighbours(np.minimum, columns.T, eroded.T)
        mask = eroded
    return mask


def connected_components(mask: Mask) -> Labels:
    """Number the 8-connected components of a mask from 1, the largest first, by runs of rows."""
    stride = mask.shape[1] + 2  # a gap after each row, or a run would go on in the next
    flat = np.pad(mask, ((0, 0), (1, 1))).ravel()
    ends = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, stops = ends[::2], ends[1::2]
    roots = _union(len(starts), *_touching_runs(starts, stops, stride))
    _, components = np.unique(roots, return_inverse=True)
    numbers = rank(np.bincount(components, stops - starts))
    labels = np.zeros(flat.shape, np.int32)
    labels[flat] = np.repeat(numbers[components], stops - starts)
    return labels.reshape(-1, stride)[:, 1:-1]


def expand_labels(labels: Labels, target: Mask) -> Labels:
    """Give background pixels the label nearest by chessboard distance, until every pixel of
    `target` has one. Pixels outside `target` may get one as well."""
    stride = labels.shape[1] + 2
    offsets = (-stride, stride, -1, 1, -stride - 1, 1 - stride, stride - 1, stride + 1)
    expanded = np.pad(labels, 1, constant_values=-1).ravel()  # a frame that nothing crosses
    is_target = np.pad(target, 1).ravel()
    front = np.flatnonzero(expanded > 0)
    while front.size and (is_target & (expanded == 0)).any():
        reached = []
        for offset in offsets:
            sources = front[expanded[front + offset] == 0]
            expanded[sources + offset] = expanded[sources]
            reached.append(sources + offset)
        front = np.concatenate(reached)
    return expanded.reshape(-1, stride)[1:-1, 1:-1]


def rank(weights: NDArray[np.number]) -> Labels:
    """Return (N,) ranks of (N,) weights: 1 for the largest, and 0 for a weight of 0."""
    order = np.argsort(-weights, kind="stable")[: np.count_nonzero(weights)]
    ranks = np.zeros(len(weights), np.int32)
    ranks[order] = np.arange(1, len(order) + 1)
    return ranks


def _over_cross(pick: np.ufunc, image: Gray) -> Gray:
    picked = image.copy()
    _pick_neighbours(pick, image, picked)
    _pick_neighbours(pick, image.T, picked.T)
    return picked


def _pick_neighbours(pick: np.ufunc, image: Gray, picked: Gray) -> None:
    """Bring the image's pixels above and below into `picked`, of the same shape."""
    pick(picked[1:], image[:-1], out=picked[1:])
    pick(picked[:-1], image[1:], out=picked[:-1])


def _touching_runs(starts: Runs, stops: Runs, stride: int) -> tuple[Runs, Runs]:
    """Return pairs of runs of which the second is in the row below the first and touches it."""
    first = np.searchsorted(stops, starts + stride)
    count = np.searchsorted(starts, stops + stride, "right") - first
    above = np.repeat(np.arange(len(starts)), count)
    within = np.arange(len(above)) - np.repeat(count.cumsum() - count, count)
    return above, np.repeat(first, count) + within


def _union(count: int, a: Runs, b: Runs) -> Runs:
    """Return the least member of each element's set, after the sets of a[i] and b[i] are joined
    for all i. Each round at least halves the number of sets that are still to be joined."""
    root = np.arange(count)
    while (apart := root[a] != root[b]).any():
        a, b = a[apart], b[apart]
        np.minimum.at(root, np.maximum(root[a], root[b]), np.minimum(root[a], root[b]))
        while (root[root] != root).any():
            root = root[root]
    return root
