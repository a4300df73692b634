"""U2-Net's tail in numpy: the logits of a map, their loss against a mask, and its gradient.

Products of matrices are so small that BLAS uses one thread for each, and sums over photos have a
fixed order: results do not depend on the number of threads.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cutout.core import saliency
from cutout.core.arrays import Map

from .agreement import in_unit, iou
from .features import Stored
from .tail import Head, Kernel, Tail

T = TypeVar("T")

WINDOW = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1)]
FAINT = 0.05  # of a head's mean channel
ONE_THREAD = 1 << 18  # multiplications that OpenBLAS does on one thread


@dataclass(frozen=True)
class Gradient:
    """The derivatives of the loss by a tail's numbers."""

    kernels: list[Kernel]  # (9, C) for each head
    bias: float  # of the last layer


@dataclass(frozen=True)
class Examples:
    """The stored features of photos, an array for each head, and their masks."""

    features: Sequence[Stored]
    masks: NDArray[np.uint8]  # (photos, S, S)
    threads: int

    def logits(self, photo: int, tail: Tail) -> Map:
        """Return the map of a photo before the sigmoid, (S, S)."""
        total: Map = np.full(self.masks.shape[1:], tail.bias, np.float32)
        for head, mix, stored in zip(tail.heads, tail.mix, self.features, strict=True):
            side_map = convolve(_values(stored[photo], head), head.kernel * np.float32(head.scale))
            total = total + mix * _enlarge(head.enlarge, side_map + np.float32(head.bias))
        return total

    def map(self, photo: int, tail: Tail) -> Map:
        """Return the saliency map of a photo, (S, S), stretched as the engine does."""
        return saliency.stretch(_sigmoid(self.logits(photo, tail)))

    def mean_iou(self, photos: Sequence[int], tail: Tail) -> float:
        """Return the mean over photos of their maps' IoU with the masks, both cut at half."""
        return float(
            np.mean(
                self._each(
                    lambda photo: iou(self.map(photo, tail), in_unit(self.masks[photo])),
                    photos,
                )
            )
        )

    def gradient(self, photos: Sequence[int], tail: Tail) -> Gradient:
        """Return the gradient of the loss over the photos."""
        gradients = self._each(lambda photo: self._gradient(photo, tail), photos)
        kernels = zip(*(gradient.kernels for gradient in gradients), strict=True)
        return Gradient(
            [np.stack(kernel).mean(0, np.float64) for kernel in kernels],
            float(np.mean([gradient.bias for gradient in gradients])),
        )

    def sizes(self, photos: Sequence[int], tail: Tail) -> list[NDArray[np.float32]]:
        """Return the root mean square of each head's channels, (C,) each; never below FAINT of
        their mean."""

        def squares(photo: int) -> list[NDArray[np.float32]]:
            return [
                np.square(_values(stored[photo], head)).mean((0, 2))
                for head, stored in zip(tail.heads, self.features, strict=True)
            ]

        means = [np.mean(one, axis=0) for one in zip(*self._each(squares, photos), strict=True)]
        roots = [np.sqrt(mean) * head.scale for mean, head in zip(means, tail.heads, strict=True)]
        return [np.maximum(root, FAINT * root.mean()) for root in roots]

    def _gradient(self, photo: int, tail: Tail) -> Gradient:
        mask = in_unit(self.masks[photo])
        _, by_logit = loss(self.logits(photo, tail), mask)
        kernels = []
        for head, mix, stored in zip(tail.heads, tail.mix, self.features, strict=True):
            by_side_map = mix * _enlarge(head.enlarge.T, by_logit)
            kernels.append(_by_kernel(_values(stored[photo], head), by_side_map) * head.scale)
        return Gradient(kernels, float(by_logit.sum(dtype=np.float64)))

    def _each(self, function: Callable[[int], T], photos: Sequence[int]) -> list[T]:
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(function, photos))


def loss(logits: Map, mask: Map) -> tuple[float, Map]:
    """Return the mean binary cross entropy plus 1 - IoU of soft masks (Rahman & Wang 2016, ISVC),
    and the derivative by each logit, (S, S)."""
    found = _sigmoid(logits)
    entropy = np.maximum(logits, 0) + np.log1p(np.exp(-np.abs(logits))) - mask * logits
    both = float((found * mask).sum(dtype=np.float64))
    either = float((found + mask).sum(dtype=np.float64)) - both
    by_found = (both * (1 - mask) - either * mask) / either**2
    by_logit = (found - mask) / mask.size + by_found * found * (1 - found)
    value = float(entropy.mean(dtype=np.float64)) + 1 - both / either
    return value, by_logit.astype(np.float32)


def fold(tail: Tail) -> Tail:
    """Return a tail of the same maps whose heads hold the last layer's factors, which become 1."""
    heads = tuple(
        replace(head, kernel=head.kernel * mix, bias=head.bias * float(mix))
        for head, mix in zip(tail.heads, tail.mix, strict=True)
    )
    return replace(tail, heads=heads, mix=np.ones_like(tail.mix))


def convolve(features: NDArray[np.float32], kernel: Kernel) -> Map:
    """Return the side map, (H, W), of features (H, C, W) and a kernel (9, C), padded with 0."""
    products = np.matmul(kernel, features)
    height, _, width = products.shape
    padded = np.zeros((height + 2, width + 2), np.float32)
    for tap, (row, column) in enumerate(WINDOW):
        padded[1 - row : 1 - row + height, 1 - column : 1 - column + width] += products[:, tap]
    return padded[1:-1, 1:-1]


def _by_kernel(features: NDArray[np.float32], by_side_map: Map) -> NDArray[np.float32]:
    """Return the derivative by the kernel, (9, C), from that by the side map, (H, W)."""
    height, width = by_side_map.shape
    padded = np.pad(by_side_map, 1)
    shifted = np.stack(
        [
            padded[1 - row : 1 - row + height, 1 - column : 1 - column + width]
            for row, column in WINDOW
        ],
        axis=2,
    )
    summed: NDArray[np.float32] = np.matmul(features, shifted).sum(0)
    return summed.T


def _values(stored: NDArray[np.generic], head: Head) -> NDArray[np.float32]:
    """Return stored features, (H, C, W), in units of their scale."""
    values = stored.astype(np.float32)
    return values - np.float32(head.zero) if head.zero else values


def _enlarge(matrix: NDArray[np.float32], side_map: Map) -> Map:
    """Return matrix @ side_map @ matrix.T."""
    if matrix.shape[0] == matrix.shape[1]:  # the largest side map, which stays as it is
        return side_map
    return _product(_product(matrix, side_map), np.ascontiguousarray(matrix.T))


def _product(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = max(1, ONE_THREAD // right.size)
    pieces = [left[start : start + rows] @ right for start in range(0, len(left), rows)]
    return np.concatenate(pieces)


def _sigmoid(logits: Map) -> Map:
    decay = np.exp(-np.abs(logits))  # never overflows
    found: Map = np.where(logits < 0, decay, np.float32(1)) / (1 + decay)
    return found
