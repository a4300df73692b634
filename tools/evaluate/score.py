"""From cutouts to figures: a row for each picture and tool."""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from tools.contenders.catalogue import ROOT

from .dataset import read_truth
from .files import read_json, write_json
from .measures import Scores, measure
from .run import Outcome


@dataclass(frozen=True)
class Row:
    outcome: Outcome
    scores: Scores

    @property
    def tool(self) -> str:
        return self.outcome.tool

    @property
    def category(self) -> str:
        return self.outcome.picture.category

    def as_json(self) -> dict[str, Any]:
        picture, answer = self.outcome.picture, self.outcome.answer
        name = {"tool": self.tool, "picture": picture.name, "category": picture.category}
        said = asdict(answer) if answer else {"failed": self.outcome.failed}
        return name | said | asdict(self.scores)


def score(outcomes: Sequence[Outcome]) -> list[Row]:
    """A tool that refuses a picture, or fails at it, has kept nothing of it."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        scores = pool.map(_score, outcomes, chunksize=4)
        bar = tqdm(scores, total=len(outcomes), desc=f"{'measures':20}", unit="picture")
        return [Row(outcome, found) for outcome, found in zip(outcomes, bar, strict=True)]


def _score(outcome: Outcome) -> Scores:
    picture = outcome.picture
    file = outcome.file.with_suffix(".scores.json")
    by = f"{_measures()} {picture.kind} {picture.colours} {outcome.has_cutout}"
    if (kept := read_json(file)).get("by") == by:
        return Scores(kept["values"], kept["f_curve"])
    truth = read_truth(picture)
    cutout = read_cutout(outcome, truth.alpha.shape)
    scores = measure(cutout, truth.pixels, truth.kind == "alpha", truth.has_colours)
    write_json(file, {"by": by, **asdict(scores)})
    return scores


def read_cutout(outcome: Outcome, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    if not outcome.has_cutout:
        return np.zeros((*shape, 4), np.uint8)
    with Image.open(outcome.file) as image:
        return np.asarray(image.convert("RGBA"))


@cache
def _measures() -> str:
    """Changes with the code that measures."""
    here = Path(__file__).parent
    sources = [here / "dataset.py", ROOT / "requirements.txt", *sorted(here.glob("measures/*.py"))]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]
