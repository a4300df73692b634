"""Sums over square windows, as guided filters and their kin need them by the dozen."""

import numpy as np

from .arrays import Planes


def sums(values: Planes, radius: int) -> Planes:
    """Over the part of (2 radius + 1)^2 px that is inside; radius is a power of two.

    By doubling, so that radius 8 costs five additions. A running sum costs two, and loses in
    float32 what the differences of such sums are about.
    """
    return _along_rows(_along_columns(values, radius), radius)


def _along_columns(values: Planes, radius: int) -> Planes:
    height = values.shape[-2]
    padded = _padded(values, radius, -2)
    run, length = padded, 1
    while length < 2 * radius:
        run = run[..., :-length, :] + run[..., length:, :]
        length *= 2
    return run[..., :height, :] + padded[..., length:, :]


def _along_rows(values: Planes, radius: int) -> Planes:
    width = values.shape[-1]
    padded = _padded(values, radius, -1)
    run, length = padded, 1
    while length < 2 * radius:
        run = run[..., :-length] + run[..., length:]
        length *= 2
    return run[..., :width] + padded[..., length:]


def _padded(values: Planes, radius: int, axis: int) -> Planes:
    """np.pad takes longer than the sums."""
    shape, inside = list(values.shape), [slice(None)] * values.ndim
    shape[axis] += 2 * radius
    inside[axis] = slice(radius, -radius)
    padded = np.zeros(shape, np.float32)
    padded[tuple(inside)] = values
    return padded
