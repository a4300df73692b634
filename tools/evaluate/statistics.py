"""Means over pictures, and how far they can be trusted: the bootstrap (Efron 1979)."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000
PERCENTILES = (2.5, 97.5)  # the ends of a 95 % interval
FEWEST = 5  # pictures from which an interval can be drawn


@dataclass(frozen=True)
class Estimate:
    mean: float
    low: float
    high: float
    pictures: int

    @property
    def has_interval(self) -> bool:
        return self.pictures >= FEWEST

    @property
    def is_noise(self) -> bool:
        """Of a difference: whether none at all would explain it."""
        return self.low <= 0 <= self.high or not self.has_interval


def mean(values: ArrayLike) -> Estimate:
    found = np.asarray(values)
    return _estimate(found.mean(), _weights(len(found)) @ found, len(found))


def f_max(curves: ArrayLike) -> Estimate:
    """The best F that one threshold reaches over all pictures; curves is (pictures, thresholds)."""
    found = np.asarray(curves)
    return _estimate(found.mean(0).max(), _best(found), len(found))


def f_max_gain(curves: ArrayLike, others: ArrayLike) -> Estimate:
    """By how much curves are better than others', picture by picture the same ones drawn."""
    found, other = np.asarray(curves), np.asarray(others)
    gain = found.mean(0).max() - other.mean(0).max()
    return _estimate(gain, _best(found) - _best(other), len(found))


def _best(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    best: NDArray[np.float64] = (_weights(len(curves)) @ curves).max(1)
    return best


@cache
def _weights(pictures: int) -> NDArray[np.float64]:
    """(RESAMPLES, pictures): how often each picture is drawn, as a share. Always the same ones."""
    draws = np.random.default_rng(0).multinomial(pictures, [1 / pictures] * pictures, RESAMPLES)
    return draws / pictures


def _estimate(value: float, resampled: NDArray[np.float64], pictures: int) -> Estimate:
    low, high = np.percentile(resampled, PERCENTILES)
    return Estimate(float(value), float(low), float(high), pictures)
