"""Fit the confidence to pictures with ground truth, and assess it before and after.

`python -m tools.quality.confidence DATA` prints the constants of core/confidence.py, and writes
reliability.svg and table.md to build/confidence. Cross-validation leaves one source out at a time;
pictures of one source are in one folder. Exit code 1 if there is nothing to fit.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cutout import engines
from cutout.config import Settings
from cutout.core import confidence
from cutout.core.saliency import subject_mean
from cutout.errors import ModelsMissing, UnknownForeground
from cutout.options.record import Options
from tools import markdown
from tools.contenders.catalogue import BUILD

from . import confidence_plot, dataset
from .confidence_fit import (
    Bin,
    Flags,
    Line,
    Values,
    auc,
    brier,
    cross_validated,
    fit,
    reliability,
    reviewed,
)
from .dataset import DataError, Picture, read_truth
from .measures.saliency import iou
from .statistics import Estimate

OUT = BUILD / "confidence"
MODELS = "u2net", "u2netp"
ALPHA = Options(channels="alpha")  # of the same cutout, and sooner encoded
THRESHOLDS = 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9


@dataclass(frozen=True)
class Sample:
    """One picture's cutout by one model."""

    picture: str
    source: str
    model: str
    mean: float  # of the subject in the network's prediction
    iou: float  # of the cutout, as delivered


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.quality.confidence", description=__doc__)
    parser.add_argument("data", type=Path, metavar="DATA", help="a folder of pictures")
    arguments = parser.parse_args()
    try:
        data = dataset.load(arguments.data)
        samples = [one for model in MODELS for one in measure(model, data.pictures)]
        table, drawing = assess(samples)
    except (DataError, ModelsMissing, OSError) as error:
        print(f"confidence: {error}", file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "reliability.svg").write_text(drawing)
    (OUT / "table.md").write_text(table)
    print(f"{data.name}:\n\n{table}\n{OUT} has reliability.svg and table.md")
    return 0


def measure(model: str, pictures: Sequence[Picture]) -> list[Sample]:
    """Cut out each picture with one model. Those without a subject get no confidence."""
    engine = engines.engine(Settings(model=model, threads=Settings.from_env().threads))
    session, samples = engine.prepare(ALPHA), []
    for picture in tqdm(pictures, desc=f"{model:20}", unit="picture"):
        truth = read_truth(picture).alpha / 255
        try:
            result = engine.remove_background(picture.photo.read_bytes(), ALPHA)
        except UnknownForeground:
            continue
        alpha = np.asarray(result.image.convert("L")) / 255
        mean = subject_mean(session.predict(dataset.read(picture.photo, "photo").convert("RGB")))
        source = picture.photo.parents[1].name
        samples.append(Sample(picture.name, source, model, mean, iou(alpha, truth)))
    return samples


def assess(samples: Sequence[Sample]) -> tuple[str, str]:
    """Return the tables and the drawing. Raises DataError where there is nothing to fit."""
    means = np.array([one.mean for one in samples]).clip(1 - confidence.CEILING, confidence.CEILING)
    is_good = np.array([one.iou >= confidence.GOOD for one in samples])
    sources = np.array([one.source for one in samples])
    if len(set(sources)) < 2 or len(set(is_good)) < 2:
        raise DataError("the fit needs pictures of two sources, and both good and bad cutouts")
    _, pictures = np.unique([one.picture for one in samples], return_inverse=True)
    logits = np.log(means / (1 - means))
    held_out, line = cross_validated(logits, is_good, sources), fit(logits, is_good)
    predictors = {
        "mean of the map, as before": means,
        "confidence, cross-validated": held_out,
        "confidence, as shipped": Line(confidence.INTERCEPT, confidence.SLOPE).at(logits),
    }
    curves = {name: reliability(values, is_good) for name, values in predictors.items()}
    heading = (
        f"{len(samples)} cutouts of {pictures.max() + 1} pictures of {len(set(sources))} sources, "
        f"{np.sum(~is_good)} of them bad (IoU below {confidence.GOOD:g}). Fitted to all: "
        f"INTERCEPT = {line.intercept:.2f}, SLOPE = {line.slope:.2f}."
    )
    tables = [
        _scores(predictors, is_good, pictures),
        *(_bins(name, bins) for name, bins in curves.items()),
        _reviews(held_out, is_good),
    ]
    return "\n".join([f"{heading}\n", *tables]), confidence_plot.draw(curves)


def _scores(predictors: Mapping[str, Values], is_good: Flags, pictures: NDArray[np.intp]) -> str:
    rows = [
        [name, *(_interval(score(values, is_good, pictures)) for score in (auc, brier))]
        for name, values in predictors.items()
    ]
    return markdown.table(["", "AUC", "Brier score"], rows)


def _reviews(probabilities: Values, is_good: Flags) -> str:
    bad = np.sum(~is_good)
    rows = [
        [f"{below:g}", str(count), f"{count / len(is_good):.0%}", str(found)]
        for below, count, found in reviewed(probabilities, is_good, THRESHOLDS)
    ]
    return markdown.table(["threshold", "below it", "share", f"bad ones, of {bad}"], rows)


def _bins(name: str, bins: Sequence[Bin]) -> str:
    return markdown.table(
        [name, "cutouts", "good"],
        [[f"{one.predicted:.2f}", str(one.count), f"{one.observed:.2f}"] for one in bins],
    )


def _interval(one: Estimate) -> str:
    return f"{one.mean:.3f} ({one.low:.3f} … {one.high:.3f})"


if __name__ == "__main__":
    sys.exit(main())
