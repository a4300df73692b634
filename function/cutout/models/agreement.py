"""Measures how well saliency maps agree with masks: IoU at half, max F, mean absolute error.

The measures are those of `make evaluate`, which takes them from pysodmetrics and at the photo's
size. F is that of Achanta et al. 2009 (CVPR).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutout.core.arrays import Map

BETA_SQUARED = 0.3  # precision counts for more than recall
VISIBLE = 0.02  # of IoU: a change that a person sees
RESAMPLES = 2000
PERCENTILES = (2.5, 97.5)

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """The measures of a set of photos, one row for each."""

    iou: Values  # (photos,)
    f: Values  # (photos, 256): F at the thresholds 0..255
    error: Values  # (photos,): mean absolute error

    @property
    def max_f(self) -> float:
        """The highest of the mean F over the thresholds."""
        return float(self.f.mean(0).max())


def in_unit(levels: NDArray[np.uint8]) -> Map:
    """Return 0..255 as 0..1."""
    values: Map = levels.astype(np.float32)
    values /= 255
    return values


def score(maps: Sequence[Map], masks: Sequence[Map]) -> Scores:
    """Measure stretched maps against masks, each (H, W) in 0..1."""
    pairs = list(zip(maps, masks, strict=True))
    return Scores(
        np.array([iou(saliency, mask) for saliency, mask in pairs]),
        np.array([_f_curve(saliency, mask) for saliency, mask in pairs]),
        np.array([np.abs(saliency - mask).mean(dtype=np.float64) for saliency, mask in pairs]),
    )


def joined(scores: Sequence[Scores]) -> Scores:
    """Return the scores of several sets of photos as one."""
    return Scores(
        np.concatenate([one.iou for one in scores]),
        np.concatenate([one.f for one in scores]),
        np.concatenate([one.error for one in scores]),
    )


def interval(before: Values, after: Values, mean: Callable[[Values], Values]) -> tuple[float, ...]:
    """Return the change of a mean over photos and its 95 % interval, by the paired bootstrap.

    `mean` reduces weighted rows, (resamples, photos) @ values, to one figure each.
    """
    photos = len(before)
    draws = np.random.default_rng(0).multinomial(photos, [1 / photos] * photos, RESAMPLES)
    weights = np.vstack([np.ones(photos), draws]) / photos
    changes = mean(weights @ after) - mean(weights @ before)
    return float(changes[0]), *map(float, np.percentile(changes[1:], PERCENTILES))


def _itself(means: Values) -> Values:
    return means


def _highest(curves: Values) -> Values:
    highest: Values = curves.max(1)
    return highest


def report(before: Scores, after: Scores) -> str:
    """Return three lines on IoU, max F and mean absolute error, and one on single photos."""
    rows = (
        ("IoU", before.iou, after.iou, _itself),
        ("max F", before.f, after.f, _highest),
        ("MAE", before.error, after.error, _itself),
    )
    lines = []
    for title, old, new, mean in rows:
        one = np.full((1, len(old)), 1 / len(old))
        was, now = (float(mean(one @ values)[0]) for values in (old, new))
        change, low, high = interval(old, new, mean)
        lines.append(
            f"{title:6} {was:.4f} -> {now:.4f}  {change:+.4f} (95 %: {low:+.4f} to {high:+.4f})"
        )
    gains = after.iou - before.iou
    better, worse = (gains > VISIBLE).sum(), (gains < -VISIBLE).sum()
    lines.append(
        f"better by over {VISIBLE} IoU: {better}, worse: {worse}, "
        f"worst {gains.min():+.4f}, of {len(gains)} photos"
    )
    return "\n".join(lines)


def is_better(before: Scores, after: Scores) -> bool:
    """Whether IoU is higher by more than chance: the lower end of its interval is above 0."""
    return interval(before.iou, after.iou, _itself)[1] > 0


def iou(saliency: Map, mask: Map) -> float:
    """Return the Jaccard index of two maps in 0..1, cut at half; 1 where both are empty."""
    found, subject = saliency >= 0.5, mask >= 0.5
    union = np.count_nonzero(found | subject)
    return float(np.count_nonzero(found & subject) / union) if union else 1.0


def _f_curve(saliency: Map, mask: Map) -> Values:
    """Return F of saliency * 255 >= 0, 1 .. 255 against the mask at half, (256,)."""
    levels, subject = (saliency * 255).astype(np.uint8), mask >= 0.5
    hits, found = (
        np.bincount(values.ravel(), minlength=256)[::-1].cumsum()[::-1]
        for values in (levels[subject], levels)
    )
    total = BETA_SQUARED * np.count_nonzero(subject) + found
    return (1 + BETA_SQUARED) * hits / np.maximum(total, 1)
