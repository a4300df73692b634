"""Means over pictures with 95 % intervals by the percentile bootstrap (Efron 1979).

All intervals use the same 2,000 resamples, held as weights of the pictures, so that runs can be
compared: other resamples, as scipy.stats.bootstrap draws them, move the end of an interval by some
percent, and with it figures over their floors.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000
PERCENTILES = (2.5, 97.5)  # the ends of a 95 % interval
FEWEST = 5  # pictures for which an interval is shown


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
        """Whether a difference may be none at all."""
        return self.low <= 0 <= self.high or not self.has_interval


def mean(values: ArrayLike) -> Estimate:
    """Estimate the mean of one value per picture."""
    array = np.asarray(values)
    return _estimate(array.mean(), _weights(len(array)) @ array, len(array))


def f_max(curves: ArrayLike, others: ArrayLike | None = None) -> Estimate:
    """Estimate the best F that one threshold reaches over all pictures, less that of `others`.

    curves, others: (pictures, thresholds), of the same pictures.
    """
    value, resampled = _best(np.asarray(curves))
    if others is not None:
        other_value, other_resampled = _best(np.asarray(others))
        value, resampled = value - other_value, resampled - other_resampled
    return _estimate(value, resampled, len(np.asarray(curves)))


def _best(curves: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    return curves.mean(0).max(), (_weights(len(curves)) @ curves).max(1)


@cache
def _weights(pictures: int) -> NDArray[np.float64]:
    """Return the share of each picture in each resample: (RESAMPLES, pictures)."""
    draws = np.random.default_rng(0).multinomial(pictures, [1 / pictures] * pictures, RESAMPLES)
    return draws / pictures


def _estimate(value: float, resampled: NDArray[np.float64], pictures: int) -> Estimate:
    low, high = np.percentile(resampled, PERCENTILES)
    return Estimate(float(value), float(low), float(high), pictures)
