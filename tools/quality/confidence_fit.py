"""Fit and assess a probability of a good cutout: logistic regression, AUC, Brier score, bins."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import statistics
from .statistics import PERCENTILES, RESAMPLES, Estimate

Values = NDArray[np.float64]  # (N,)
Flags = NDArray[np.bool_]  # (N,)

PENALTY = 1.0  # of the squared slope, on standardized logits: a prior of N(0, 1)
STEPS = 30  # of Newton's method, which needs eight
BINS = 0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0


@dataclass(frozen=True)
class Line:
    """A logistic regression: probability = 1 / (1 + exp(-(intercept + slope * logit)))."""

    intercept: float
    slope: float

    def at(self, logits: Values) -> Values:
        """Return the probabilities."""
        probabilities: Values = 1 / (1 + np.exp(-(self.intercept + self.slope * logits)))
        return probabilities


@dataclass(frozen=True)
class Bin:
    count: int
    predicted: float  # mean
    observed: float  # share of good cutouts


def fit(logits: Values, is_good: Flags) -> Line:
    """Fit by Newton's method, with an L2 penalty on the slope alone."""
    center, spread = logits.mean(), logits.std()
    design = np.column_stack([np.ones_like(logits), (logits - center) / spread])
    penalty, weights = np.diag([0, PENALTY]), np.zeros(2)
    for _ in range(STEPS):
        predicted = 1 / (1 + np.exp(-(design @ weights)))
        curvature = (design.T * (predicted * (1 - predicted))) @ design + penalty
        gradient = design.T @ (predicted - is_good) + penalty @ weights
        weights -= np.linalg.solve(curvature, gradient)
    slope = weights[1] / spread
    return Line(float(weights[0] - slope * center), float(slope))


def cross_validated(logits: Values, is_good: Flags, groups: NDArray[np.str_]) -> Values:
    """Return each group's probabilities by the line that is fitted to all other groups."""
    probabilities = np.empty_like(logits)
    for group in np.unique(groups):
        held = groups == group
        probabilities[held] = fit(logits[~held], is_good[~held]).at(logits[held])
    return probabilities


def brier(probabilities: Values, is_good: Flags, pictures: NDArray[np.intp]) -> Estimate:
    """Return the mean squared error. Rows with the same number in `pictures`, counted from 0,
    are of one picture, and are resampled together."""
    errors = np.bincount(pictures, (probabilities - is_good) ** 2) / np.bincount(pictures)
    return statistics.mean(errors)


def auc(scores: Values, is_good: Flags, pictures: NDArray[np.intp]) -> Estimate:
    """Return the probability that a good cutout scores higher than a bad one; ties count half."""
    good, bad = scores[is_good], scores[~is_good]
    wins = (good[:, None] > bad) + 0.5 * (good[:, None] == bad)
    count = int(pictures.max()) + 1
    draws = np.random.default_rng(0).multinomial(count, [1 / count] * count, RESAMPLES)
    of_good, of_bad = draws[:, pictures[is_good]], draws[:, pictures[~is_good]]
    totals = of_good.sum(1) * of_bad.sum(1)
    is_mixed = totals > 0  # a resample without any bad picture has no AUC
    resampled = ((of_good @ wins) * of_bad).sum(1)[is_mixed] / totals[is_mixed]
    low, high = np.percentile(resampled, PERCENTILES)
    return Estimate(float(wins.mean()), float(low), float(high), count)


def reliability(probabilities: Values, is_good: Flags) -> list[Bin]:
    """Compare predicted with observed shares in each of BINS that is not empty."""
    places = np.digitize(probabilities, BINS[1:-1])
    return [
        Bin(int(here.sum()), float(probabilities[here].mean()), float(is_good[here].mean()))
        for here in (places == place for place in range(len(BINS) - 1))
        if here.any()
    ]


def reviewed(
    probabilities: Values, is_good: Flags, thresholds: Iterable[float]
) -> list[tuple[float, int, int]]:
    """Return each threshold, how many cutouts are below it, and how many of these are bad."""
    return [
        (one, int((probabilities < one).sum()), int(((probabilities < one) & ~is_good).sum()))
        for one in thresholds
    ]
