"""Compares a quantized network with its fp32 original, whose maps are taken as the truth."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutout.core import saliency
from cutout.core.arrays import Map, Photo
from cutout.engine.session import Session

HALF = 0.5  # of a map: what is above is the subject
LEVELS = 256  # thresholds of max-F
BETA_SQUARED = 0.3  # as in the literature on saliency: precision counts more than recall


@dataclass(frozen=True)
class Comparison:
    """Means over photos, of maps stretched to 0..1 as the engine does it."""

    photos: int  # those on which the fp32 network finds a subject; others are left out
    mae: float  # mean absolute difference, 0..1
    iou: float  # of the two subjects
    max_f: float
    seconds: tuple[float, float]  # the median of an inference, of fp32 and of the other


def compare(reference: Session, other: Session, photos: Iterable[Photo]) -> Comparison:
    """Compare two networks on photos. All figures are 0 where no photo has a subject."""
    seconds, figures, curves = [], [], []
    for photo in photos:
        start = time.perf_counter()
        expected = reference.predict(photo)
        middle = time.perf_counter()
        found = other.predict(photo)
        seconds.append((middle - start, time.perf_counter() - middle))
        if saliency.has_subject(expected):
            truth, map = saliency.stretch(expected), saliency.stretch(found)
            figures.append((float(np.abs(truth - map).mean()), _iou(truth >= HALF, map >= HALF)))
            curves.append(_f_measures(truth >= HALF, map))
    fast = tuple(np.median(seconds, axis=0).tolist())
    if not figures:
        return Comparison(0, 0, 0, 0, fast)
    mae, iou = np.mean(figures, axis=0).tolist()
    return Comparison(len(figures), mae, iou, float(np.mean(curves, axis=0).max()), fast)


def _iou(truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> float:
    return float((truth & found).sum() / max((truth | found).sum(), 1))


def _f_measures(truth: NDArray[np.bool_], map: Map) -> NDArray[np.float64]:
    """Return the F-measure, (LEVELS,), of the map above each threshold (Achanta et al. 2009)."""
    levels = (map * (LEVELS - 1)).astype(np.int64)
    hits, all_above = (
        np.bincount(values.ravel(), minlength=LEVELS)[::-1].cumsum()[::-1]
        for values in (levels[truth], levels)
    )
    precision, recall = hits / np.maximum(all_above, 1), hits / max(truth.sum(), 1)
    weighted = BETA_SQUARED * precision + recall
    f_measures: NDArray[np.float64] = (1 + BETA_SQUARED) * precision * recall
    return f_measures / np.where(weighted == 0, 1, weighted)
