"""Rounds weights of convolutions to 8 bits: errors cancel, and no pair of products saturates."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Processors without VNNI multiply 8-bit numbers in pairs and add the two products in 16 bits,
# which saturate: 255 * (|a| + |b|) has to stay below 32,768 for any two weights side by side.
PAIR_LIMIT = 128
ROUNDING = 2  # what rounding and its correction may add to the sum of a pair
AT_ONCE = 1 << 16  # weights, of which all that rounding needs stays in the processor's cache


def round_weights(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return integers (O, I, H, W) in -127..127 and scales (O,) for weights (O, I, H, W).

    After SQuant (Guo et al., ICLR 2022): within each kernel, and then within each filter, so many
    weights are rounded the other way that the errors cancel, for neighbouring activations are
    alike. On photographs this halves the error of rounding to nearest.
    """
    scale = _scale(weights)
    integers = np.empty(weights.shape, np.int8)
    filters = max(1, AT_ONCE // weights[0].size)
    for start in range(0, len(weights), filters):
        part = slice(start, start + filters)
        integers[part] = _round(weights[part], scale[part])
    if pair_sums(integers).max() > PAIR_LIMIT:
        raise ValueError("rounding left two weights that saturate together")
    return integers, scale


def _round(weights: NDArray[np.float32], scale: NDArray[np.float32]) -> NDArray[np.float64]:
    outputs, inputs = weights.shape[:2]
    exact = weights.reshape(outputs, inputs, -1) / scale.astype(np.float64)[:, None, None]
    rounded = np.rint(exact)
    error = np.subtract(exact, rounded, out=exact)
    by_kernel = error.reshape(outputs * inputs, -1)
    kernels, places, steps = _cancelling_steps(by_kernel)
    rounded.reshape(by_kernel.shape)[kernels, places] += steps
    by_kernel[kernels, places] -= steps
    filters, kernels, steps = _cancelling_steps(error.sum(2))  # of one weight in some kernels
    places = np.argmax(error[filters, kernels] * steps[:, None], axis=1)
    rounded[filters, kernels, places] += steps
    return rounded.reshape(weights.shape)


def _scale(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the finest scales that keep weights in 8 bits and pairs below PAIR_LIMIT."""
    alone = np.abs(weights).max((1, 2, 3)) / 127
    scale = np.maximum(alone, pair_sums(weights) / (PAIR_LIMIT - ROUNDING)).astype(np.float32)
    return np.where(scale == 0, np.float32(1), scale)


def pair_sums(weights: NDArray[Any]) -> NDArray[np.float32]:
    """Return the largest |a| + |b|, (O,), of weights that are multiplied side by side.

    ONNX Runtime orders a filter's weights by tap and then by input channel, and takes them two by
    two. An odd number of channels shifts the pairs from tap to tap, so there any two may meet.
    """
    sizes = np.abs(weights.astype(np.float32, copy=False))
    if weights.shape[1] % 2:
        pairs = np.sort(sizes.reshape(len(sizes), -1), axis=1)[:, -2:].sum(1, keepdims=True)
    else:
        pairs = (sizes[:, 0::2] + sizes[:, 1::2]).reshape(len(sizes), -1)
    largest: NDArray[np.float32] = pairs.max(1)
    return largest


def _cancelling_steps(
    error: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return rows, columns and signs of steps of one, for the entries with the largest errors,
    after which the errors of each row sum to half a step at most."""
    total = error.sum(1)
    count = np.rint(np.abs(total))
    rows = np.flatnonzero(count)
    left = error.take(rows, axis=0)
    left *= np.sign(total[rows])[:, None]
    found = [(rows[:0], rows[:0])]
    while rows.size:
        columns = left.argmax(1)
        found.append((rows, columns))
        left[np.arange(len(rows)), columns] = -np.inf
        count[rows] -= 1
        more = count[rows] > 0
        rows, left = rows[more], left[more]
    rows, columns = map(np.concatenate, zip(*found, strict=True))
    return rows, columns, np.sign(total[rows])
