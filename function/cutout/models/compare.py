"""Compares a quantized network with its fp32 original, whose maps are taken as the truth."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cutout.core import saliency
from cutout.core.arrays import Photo
from cutout.engine.session import Session

from . import agreement


@dataclass(frozen=True)
class Comparison:
    """Means over photos of a network's agreement with its fp32, of maps stretched to 0..1."""

    photos: int  # those on which the fp32 network finds a subject; others are left out
    mae: float  # mean absolute difference, 0..1
    iou: float  # of the two subjects
    max_f: float
    seconds: tuple[float, float]  # medians of an inference, in fp32 and quantized


def compare(reference: Session, other: Session, photos: Iterable[Photo]) -> Comparison:
    """Compare two networks on photos. All figures are 0 where no photo has a subject."""
    seconds, scores = [], []
    for photo in photos:
        start = time.perf_counter()
        expected = reference.predict(photo)
        middle = time.perf_counter()
        found = other.predict(photo)
        seconds.append((middle - start, time.perf_counter() - middle))
        if saliency.has_subject(expected):
            maps = saliency.stretch(found), saliency.stretch(expected)
            scores.append(agreement.score(maps[:1], maps[1:]))
    medians = tuple(np.median(seconds, axis=0).tolist())
    if not scores:
        return Comparison(0, 0, 0, 0, medians)
    means = agreement.joined(scores)
    return Comparison(
        len(scores), float(means.error.mean()), float(means.iou.mean()), means.max_f, medians
    )
