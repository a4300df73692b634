"""Sums and means over square windows (box filters)."""

import numpy as np
from numpy.typing import NDArray

from .arrays import Map, Mask, Planes

Flat = NDArray[np.float32]  # (N,), rows of a plane one after the other


def box_sums(values: Planes, radius: int) -> Planes:
    """Return sums over the part of (2 radius + 1)^2 px that is inside, (..., H, W).

    `radius` is a power of two. Window lengths double, so that radius 8 costs five additions. A
    running sum costs two, and loses in float32 what the differences of such sums are about. A plane
    is summed as one long row, for that takes half the time of many short ones.
    """
    height, width = values.shape[-2:]
    stride = width + 2 * radius
    padded = np.zeros((height + 2 * radius + 1, stride), np.float32)  # a row more: runs end there
    inside = padded[radius : radius + height, radius : radius + width]
    total = np.empty_like(values)
    for plane, out in zip(_planes(values), _planes(total), strict=True):
        inside[:] = plane
        windows = _run_sums(_run_sums(padded.ravel(), radius, 1), radius, stride)
        out[:] = windows[: height * stride].reshape(height, stride)[:, :width]
    return total


def box_mean(values: Map | Mask, radius: int) -> NDArray[np.float64]:
    """Return means over (2 radius + 1)^2 px, (H, W); the image is padded by its border's values."""
    mean = values.astype(np.float64)
    for _ in ("rows", "columns"):
        sums = np.pad(mean, ((radius + 1, radius), (0, 0)), "edge").cumsum(0)
        mean = (sums[2 * radius + 1 :] - sums[: -2 * radius - 1]).T / (2 * radius + 1)
    return mean


def _planes(values: Planes) -> Planes:
    return values.reshape(-1, *values.shape[-2:])


def _run_sums(values: Flat, radius: int, stride: int) -> Flat:
    """Return, from each value on, the sum of 2 radius + 1 values that are a stride apart."""
    run, length = values, stride
    while length < 2 * radius * stride:
        run = run[:-length] + run[length:]
        length *= 2
    return run[: len(values) - length] + values[length:]
