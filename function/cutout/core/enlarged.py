"""Bilinear enlargement at chosen pixels only."""

import numpy as np
from numpy.typing import NDArray

Channels = NDArray[np.float32]  # (H, W, C)
Indices = NDArray[np.intp]  # (N,)


class Enlarged:
    """Small planes, (H, W, C), as if enlarged to (width, height), as Pillow's BILINEAR does it."""

    def __init__(self, planes: Channels, size: tuple[int, int]) -> None:
        height, width, channels = planes.shape
        self._flat = planes.reshape(-1, channels)
        rows, self._down = _neighbours(size[1], height, channels)
        self._above, self._below = rows * width
        (self._left, self._right), self._across = _neighbours(size[0], width, channels)

    def at(self, rows: Indices, columns: Indices) -> NDArray[np.float32]:
        """Return the values, (N, C), of pixels of the enlarged planes."""
        left, right = self._left[columns], self._right[columns]
        across = self._across.take(columns, axis=0)
        above, below = (
            _between(
                self._flat.take(row + left, axis=0), self._flat.take(row + right, axis=0), across
            )
            for row in (self._above[rows], self._below[rows])
        )
        return _between(above, below, self._down.take(rows, axis=0))


def _neighbours(length: int, small: int, channels: int) -> tuple[Indices, NDArray[np.float32]]:
    """Return the two pixels next to each of `length` places along a line of `small` pixels,
    (2, length), and the weight of the second, (length, C): broadcasting it would be slow."""
    places = ((np.arange(length) + 0.5) * (small / length) - 0.5).clip(0, small - 1)
    first = places.astype(np.intp)
    weight = np.repeat((places - first).astype(np.float32)[:, None], channels, axis=1)
    return np.stack([first, np.minimum(first + 1, small - 1)]), weight


def _between(
    first: NDArray[np.float32], second: NDArray[np.float32], weight: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return first + weight (second - first), in the place of the second."""
    second -= first
    second *= weight
    second += first
    return second
