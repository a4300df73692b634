"""Random walks over a picture (Grady 2006, IEEE PAMI 28:11).

A walker goes from pixel to pixel, the more gladly the more alike they look, until it comes to a
mark or gives up. What walkers from a pixel find on average, u, solves

    (D + g - W) u = 0    with u given at the marks,

where W tells how gladly they go to each neighbour, D is its sum, and g how readily they give up.
"""

import numpy as np
from numpy.typing import NDArray

from .arrays import RGB8, Map, Mask

CONTRAST = 30  # e to this is how often a step from 0 to 255 in one channel is shunned
GIVING_UP = 2.56  # in all the square, where a step between equal pixels is taken 1 time
STEPS = 600  # of conjugate gradients, at most; 200 to 400 are usual
ENOUGH = 1e-7  # of the square of what is left to solve


def found(square: RGB8, is_mark: Mask, values: Map) -> Map:
    """What walkers from each pixel find: a mark's value, or 0 where they give up."""
    system = _System(square)
    u: Map = np.where(is_mark, values, np.float32(0))
    rest: Map = np.where(is_mark, np.float32(0), -system.times(u))
    direction: Map = rest / system.total
    left = float((rest * direction).sum())
    for _ in range(STEPS):
        if left < ENOUGH:
            break
        image = np.where(is_mark, np.float32(0), system.times(direction))
        share = left / float((direction * image).sum())
        u += share * direction
        rest -= share * image
        step: Map = rest / system.total
        left, before = float((rest * step).sum()), left
        direction = step + left / before * direction
    return u


class _System:
    """D + g - W, of neighbours above, below and beside."""

    def __init__(self, square: RGB8) -> None:
        colours = square.astype(np.float32) / np.float32(255)
        self._down = _gladness(colours[1:] - colours[:-1])
        self._right = _gladness(colours[:, 1:] - colours[:, :-1])
        self.total = np.zeros(square.shape[:2], np.float32)
        self.total -= self.times(np.ones_like(self.total))
        self.total += np.float32(GIVING_UP / self.total.size)

    def times(self, u: Map) -> Map:
        product: Map = self.total * u
        product[1:] -= self._down * u[:-1]
        product[:-1] -= self._down * u[1:]
        product[:, 1:] -= self._right * u[:, :-1]
        product[:, :-1] -= self._right * u[:, 1:]
        return product


def _gladness(change: NDArray[np.floating]) -> Map:
    gladness: Map = np.exp(-CONTRAST * np.sqrt((change**2).sum(-1))).astype(np.float32)
    return gladness
