"""Sums over square windows, as guided filters and their kin need them by the dozen."""

import numpy as np
from numpy.typing import NDArray

from .arrays import Planes

Flat = NDArray[np.float32]  # (N,), rows of a plane one after the other


def sums(values: Planes, radius: int) -> Planes:
    """Over the part of (2 radius + 1)^2 px that is inside; radius is a power of two.

    By doubling, so that radius 8 costs five additions. A running sum costs two, and loses in
    float32 what the differences of such sums are about. A plane at a time and as one long row, for
    that is added at twice the speed of many short ones.
    """
    height, width = values.shape[-2:]
    across = width + 2 * radius
    padded = np.zeros((height + 2 * radius + 1, across), np.float32)  # a row more: runs end there
    inside = padded[radius : radius + height, radius : radius + width]
    total = np.empty_like(values)
    for plane, out in zip(_each(values), _each(total), strict=True):
        inside[:] = plane
        windows = _runs(_runs(padded.ravel(), radius, 1), radius, across)
        out[:] = windows[: height * across].reshape(height, across)[:, :width]
    return total


def _each(planes: Planes) -> Planes:
    return planes.reshape(-1, *planes.shape[-2:])


def _runs(values: Flat, radius: int, stride: int) -> Flat:
    """From each value on, the sum of 2 radius + 1 that are a stride apart."""
    run, length = values, stride
    while length < 2 * radius * stride:
        run = run[:-length] + run[length:]
        length *= 2
    return run[: len(values) - length] + values[length:]
