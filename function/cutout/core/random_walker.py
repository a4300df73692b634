"""Random walker segmentation (Grady 2006, IEEE PAMI 28:11).

A walker steps from pixel to pixel, more often between similar colours, until it reaches a seed or
is absorbed. The expected value u of the seed that it reaches, 0 if it is absorbed, solves

    (D + a - W) u = 0    with u fixed at the seeds,

where W holds the edge weights between neighbours, D their sums, and a the weight of absorption.
"""

import numpy as np
from numpy.typing import NDArray

from .arrays import RGB8, Map, Mask
from .solver import conjugate_gradient

BETA = 30  # an edge between 0 and 255 in one channel weighs e to minus this
ABSORPTION = 2.56  # over the whole image, where an edge between equal pixels weighs 1
STEPS = 600  # of conjugate gradients, at most; 200 to 400 are usual
TOLERANCE = 1e-7


def solve(image: RGB8, is_seed: Mask, seed_values: Map) -> Map:
    """Return the expected seed value of walkers from each pixel, (H, W).

    Values of `seed_values` count where `is_seed` is true, (H, W) both.
    """
    laplacian = _Laplacian(image)
    zero = np.float32(0)
    start = np.where(is_seed, seed_values, zero)

    def multiply(u: Map) -> Map:
        return np.where(is_seed, zero, laplacian.multiply(u))

    return conjugate_gradient(
        multiply,
        start,
        np.where(is_seed, zero, -laplacian.multiply(start)),
        steps=STEPS,
        tolerance=TOLERANCE,
        diagonal=laplacian.diagonal,
    )


class _Laplacian:
    """D + a - W of the 4-connected pixel graph."""

    def __init__(self, image: RGB8) -> None:
        colours = image.astype(np.float32) / np.float32(255)
        self._down = _edge_weights(colours[1:] - colours[:-1])
        self._right = _edge_weights(colours[:, 1:] - colours[:, :-1])
        self.diagonal = np.zeros(image.shape[:2], np.float32)
        self.diagonal -= self.multiply(np.ones_like(self.diagonal))
        self.diagonal += np.float32(ABSORPTION / self.diagonal.size)

    def multiply(self, u: Map) -> Map:
        product: Map = self.diagonal * u
        product[1:] -= self._down * u[:-1]
        product[:-1] -= self._down * u[1:]
        product[:, 1:] -= self._right * u[:, :-1]
        product[:, :-1] -= self._right * u[:, 1:]
        return product


def _edge_weights(gradient: NDArray[np.floating]) -> Map:
    """Return (H, W) weights for (H, W, 3) colour differences."""
    weights: Map = np.exp(-BETA * np.sqrt((gradient**2).sum(-1))).astype(np.float32)
    return weights
