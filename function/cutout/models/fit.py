"""Fits U2-Net's tail to masks: first the last layer's seven numbers, then the heads' kernels.

The logits of the map are linear in either group of numbers while the other is fixed. Adam (Kingma
& Ba 2015, ICLR) descends in batches of photos in a fixed order. Photos that are not fitted to
choose the epoch.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .regression import Examples, fold
from .tail import Tail

Vector = NDArray[np.float64]
Slope = Callable[[Vector, Sequence[int]], Vector]

BATCH = 4  # photos
FEWEST_STEPS = 18  # of an epoch, in which few photos come several times
EPOCHS_OF_LAST, EPOCHS_OF_HEADS = 3, 8
EPOCHS = EPOCHS_OF_LAST + EPOCHS_OF_HEADS
RATE_OF_LAST, RATE_OF_HEADS = 0.01, 0.002  # of the first step; falls evenly to 0
DECAY_OF_MEAN, DECAY_OF_SQUARE, TINY = 0.9, 0.999, 1e-8  # Adam's


@dataclass(frozen=True)
class Parts:
    """Indices of the photos to fit to, to choose the epoch by, and to judge the result by."""

    fitted: Sequence[int]
    watched: Sequence[int]
    held_out: Sequence[int]


def fit(examples: Examples, parts: Parts, tail: Tail, report: Callable[[], object]) -> Tail:
    """Return the tail fitted to the `fitted` photos, at the epoch with the highest IoU on the
    `watched` ones; the original tail if no epoch is better. Calls `report` after each of EPOCHS
    epochs."""
    best, highest = tail, examples.mean_iou(parts.watched, tail)
    for epochs in (last_layers, heads):
        for other in epochs(examples, parts.fitted, best):
            iou = examples.mean_iou(parts.watched, other)
            if iou > highest:
                best, highest = other, iou
            report()
    return best


def last_layers(examples: Examples, photos: Sequence[int], tail: Tail) -> Iterator[Tail]:
    """Yield tails with fitted numbers in the last layer, after each epoch."""

    def changed(vector: Vector) -> Tail:
        return replace(tail, mix=vector[:-1].astype(np.float32), bias=float(vector[-1]))

    def slope(vector: Vector, batch: Sequence[int]) -> Vector:
        gradient = examples.gradient(batch, fold(changed(vector)))
        by_mix = [
            (head.kernel * kernel).sum(dtype=np.float64) + head.bias * gradient.bias
            for head, kernel in zip(tail.heads, gradient.kernels, strict=True)
        ]
        return np.array([*by_mix, gradient.bias])

    start = np.array([*tail.mix, tail.bias], np.float64)
    return map(changed, _descend(slope, start, photos, RATE_OF_LAST, EPOCHS_OF_LAST))


def heads(examples: Examples, photos: Sequence[int], tail: Tail) -> Iterator[Tail]:
    """Yield tails with fitted kernels in the heads, and a fitted bias, after each epoch.

    Kernels are scaled by the size of their channels' features, so that one rate suits them all.
    """
    tail = fold(tail)
    units = [1 / size for size in examples.sizes(photos, tail)]
    ends = np.cumsum([head.kernel.size for head in tail.heads])

    def changed(vector: Vector) -> Tail:
        kernels = [
            (part.reshape(9, -1) * unit).astype(np.float32)
            for part, unit in zip(np.split(vector[:-1], ends[:-1]), units, strict=True)
        ]
        return replace(tail.with_kernels(kernels), bias=float(vector[-1]))

    def slope(vector: Vector, batch: Sequence[int]) -> Vector:
        gradient = examples.gradient(batch, changed(vector))
        by_kernel = [
            (kernel * unit).ravel() for kernel, unit in zip(gradient.kernels, units, strict=True)
        ]
        return np.concatenate([*by_kernel, [gradient.bias]])

    kernels = [(head.kernel / unit).ravel() for head, unit in zip(tail.heads, units, strict=True)]
    start = np.concatenate([*kernels, [tail.bias]]).astype(np.float64)
    return map(changed, _descend(slope, start, photos, RATE_OF_HEADS, EPOCHS_OF_HEADS))


def _descend(
    slope: Slope, start: Vector, photos: Sequence[int], rate: float, epochs: int
) -> Iterator[Vector]:
    """Yield the mean of Adam's vectors of each epoch: single ones swing with the last batches."""
    generator = np.random.default_rng(0)
    vector, mean, square = start, np.zeros_like(start), np.zeros_like(start)
    steps = max(FEWEST_STEPS, -(-len(photos) // BATCH))
    for epoch in range(epochs):
        total = np.zeros_like(start)
        orders = [generator.permutation(photos) for _ in range(-(-steps * BATCH // len(photos)))]
        for number, batch in enumerate(np.concatenate(orders)[: steps * BATCH].reshape(steps, -1)):
            step = epoch * steps + number
            gradient = slope(vector, batch.tolist())
            mean = DECAY_OF_MEAN * mean + (1 - DECAY_OF_MEAN) * gradient
            square = DECAY_OF_SQUARE * square + (1 - DECAY_OF_SQUARE) * gradient**2
            corrected = mean / (1 - DECAY_OF_MEAN ** (step + 1))
            spread = np.sqrt(square / (1 - DECAY_OF_SQUARE ** (step + 1)))
            vector = vector - rate * (1 - step / (epochs * steps)) * corrected / (spread + TINY)
            total += vector
        yield total / steps
