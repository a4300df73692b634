"""Compare sets of looks at a photo and rules that merge their maps: the choice behind `best`.

    python -m tools.quality.looks DATA

The enlarged maps are measured, without refined edges, against those of one look. A variant is also
chosen for each source of pictures by all other sources, which says what the choice is worth on
pictures that it has not seen.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from cutout.core import geometry, looks, saliency
from cutout.core.arrays import Map, Rectangle
from cutout.engine.session import Session
from cutout.installation import MODELS

from . import dataset, statistics
from .measures import saliency as measures

WORSE = 0.02  # of IoU: a difference that is seen
Merge = Callable[[Sequence[Map]], Map]


def median(maps: Sequence[Map]) -> Map:
    """Return what most of the maps say."""
    return np.asarray(np.median(maps, axis=0), np.float32)


def mean(maps: Sequence[Map]) -> Map:
    """Return the mean of the maps, whether they show the same subject or not."""
    return np.asarray(np.mean(maps, axis=0), np.float32)


def in_logits(maps: Sequence[Map]) -> Map:
    """Return the mean of the maps' logits, as a map."""
    sure = np.clip(maps, 0.004, 0.996)
    return np.asarray(1 / (1 + np.exp(-np.log(sure / (1 - sure)).mean(0))), np.float32)


@dataclass(frozen=True)
class Variant:
    """The further looks where the subject leaves room for a closer one, and where it does not."""

    closer: tuple[str, ...]
    whole: tuple[str, ...]
    merge: Merge = looks.merge


VARIANTS: Mapping[str, Variant] = {
    "one look": Variant((), ()),
    "mirror image": Variant(("mirror",), ("mirror",)),
    "u2netp": Variant(("small",), ("small",)),
    "closer": Variant(("closer",), ()),
    "closer and mirror image": Variant(("closer", "mirror"), ("mirror",)),
    "closer, else mirror image": Variant(("closer",), ("mirror",)),
    "best: closer mirrored, else mirror image": Variant(("closer mirror",), ("mirror",)),
    "best's looks, mean of both": Variant(("closer mirror",), ("mirror",), mean),
    "closer mirrored and by u2netp, else mirror image": Variant(
        ("closer mirror", "closer small"), ("mirror",)
    ),
    "the same, median": Variant(("closer mirror", "closer small"), ("mirror",), median),
    "the same, in logits": Variant(("closer mirror", "closer small"), ("mirror",), in_logits),
}
CLOSER = ("closer", "closer mirror", "closer small")
Scores = tuple[NDArray[np.float64], NDArray[np.float64]]  # IoU (pictures,), F (pictures, 256)


class Album:
    """The maps of all looks at one photo, stretched: closer ones on the square."""

    def __init__(self, photo: Image.Image, session: Session, small: Session) -> None:
        self.size = photo.size
        whole = (0, 0, *photo.size)
        self.maps = {"first": _look(session, photo, whole)}
        self.square = looks.subject_square(self.maps["first"], photo.size)
        self.maps["mirror"] = _look(session, photo, whole, is_mirrored=True)
        self.maps["small"] = _look(small, photo, whole)
        if self.square:
            self.maps["closer"] = _look(session, photo, self.square)
            self.maps["closer mirror"] = _look(session, photo, self.square, is_mirrored=True)
            self.maps["closer small"] = _look(small, photo, self.square)

    def merged(self, variant: Variant) -> Map:
        """Return the map that a variant makes of the looks."""
        names = variant.closer if self.square else variant.whole
        first = self.maps["first"]
        if self.square and any(name in CLOSER for name in names):
            # A look at all of the view votes in the square with what it shows there.
            others = [self.maps[name] if name in CLOSER else self._cut(name) for name in names]
            return looks.merge_closer(first, others, self.square, self.size, variant.merge)
        return variant.merge([first, *(self.maps[name] for name in names)]) if names else first

    def _cut(self, name: str) -> Map:
        assert self.square
        side = len(self.maps[name])
        x, y = side / self.size[0], side / self.size[1]
        left, top, right, bottom = self.square
        box = left * x, top * y, right * x, bottom * y
        cut = Image.fromarray(self.maps[name]).resize((side, side), Image.Resampling.BILINEAR, box)
        return np.asarray(cut)


def _look(session: Session, photo: Image.Image, part: Rectangle, is_mirrored: bool = False) -> Map:
    return saliency.remove_haze(saliency.stretch(session.predict(photo, part, is_mirrored)))


def measure(pictures: Sequence[dataset.Picture]) -> dict[str, Scores]:
    """Measure each variant on each picture, without its refined edges."""
    session, small = (Session(MODELS / f"{name}.onnx", 1) for name in ("u2net", "u2netp"))
    scores: dict[str, list[tuple[float, NDArray[np.float64]]]] = {name: [] for name in VARIANTS}
    for picture in tqdm(pictures):
        truth = dataset.read_truth(picture).alpha / 255
        photo = dataset.read(picture.photo, "photo").convert("RGB")
        album = Album(photo, session, small)
        for name, variant in VARIANTS.items():
            alpha = np.asarray(geometry.enlarge(album.merged(variant), photo.size)) / 255
            scores[name].append((measures.iou(alpha, truth), measures.f_curve(alpha, truth)))
    return {
        name: (np.array([one[0] for one in values]), np.array([one[1] for one in values]))
        for name, values in scores.items()
    }


def rows(scores: Mapping[str, Scores]) -> list[str]:
    """Describe each variant, compared with one look, as the rows of a table in Markdown."""
    first_iou, first_curve = scores["one look"]
    lines = [
        "| looks | IoU | max F | IoU, difference | max F, difference | worse, better |",
        "|---|---|---|---|---|---|",
    ]
    for name, (iou, curve) in scores.items():
        by, f = statistics.mean(iou - first_iou), statistics.f_max(curve, first_curve)
        worse, better = (iou - first_iou < -WORSE).sum(), (iou - first_iou > WORSE).sum()
        lines.append(
            f"| {name} | {iou.mean():.4f} | {curve.mean(0).max():.4f} | {_interval(by)} "
            f"| {_interval(f)} | {worse}, {better} |"
        )
    return lines


def cross_validate(scores: Mapping[str, Scores], sources: Sequence[str]) -> list[str]:
    """Choose a variant for each source by the IoU and max F of all others, and describe it."""
    source, lines = np.array(sources), []
    chosen_iou, first_iou = np.zeros(len(source)), scores["one look"][0]
    for name in sorted(set(sources)):
        others, own = source != name, source == name
        best = max(scores, key=lambda one: _merit(scores[one], others))
        chosen_iou[own] = scores[best][0][own]
        by = (chosen_iou - first_iou)[own].mean()
        lines.append(f"without {name} ({own.sum()}): {best}; there IoU {by:+.4f}")
    total = statistics.mean(chosen_iou - first_iou)
    return [*lines, f"cross-validated, against one look: IoU {_interval(total)}"]


def _merit(scores: Scores, which: NDArray[np.bool_]) -> float:
    iou, curve = scores
    return float(iou[which].mean() + curve[which].mean(0).max())


def _interval(estimate: statistics.Estimate) -> str:
    return f"{estimate.mean:+.4f} ({estimate.low:+.4f} … {estimate.high:+.4f})"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.quality.looks", description=__doc__,
                                     formatter_class=argparse.RawTextHelpFormatter)  # fmt: skip
    parser.add_argument("data", type=Path, help="a folder with INDEX.tsv, or with im/ and gt/")
    pictures = dataset.load(parser.parse_args().data).pictures
    scores = measure(pictures)
    sources = [str(Path(picture.name).parent) for picture in pictures]
    print("\n".join([*rows(scores), "", *cross_validate(scores, sources)]))


if __name__ == "__main__":
    main()
