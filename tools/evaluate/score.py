"""From cutouts to figures: a row for each picture and tool."""

import hashlib
import json
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

from .dataset import read_truth
from .measures import Scores, measure
from .run import Outcome, write_json


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
        name = {"tool": self.tool, "picture": self.outcome.picture.name, "category": self.category}
        return name | asdict(self.outcome.answer) | asdict(self.scores)


def score(outcomes: Sequence[Outcome]) -> list[Row]:
    """A tool that refuses a picture has kept nothing of it."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        scores = pool.map(_score, outcomes, chunksize=4)
        bar = tqdm(scores, total=len(outcomes), desc=f"{'measures':20}", unit="picture")
        return [Row(outcome, found) for outcome, found in zip(outcomes, bar, strict=True)]


def _score(outcome: Outcome) -> Scores:
    picture = outcome.picture
    file = outcome.file.with_suffix(".scores.json")
    by = f"{_measures()} {picture.kind} {picture.colours}"
    if file.exists() and (kept := json.loads(file.read_text()))["by"] == by:
        return Scores(kept["values"], kept["f_curve"])
    truth = read_truth(picture)
    cutout = read_cutout(outcome.file, truth.alpha.shape)
    scores = measure(cutout, truth.pixels, truth.kind == "alpha", truth.has_colours)
    write_json(file, {"by": by, **asdict(scores)})
    return scores


def read_cutout(file: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    if not file.exists():
        return np.zeros((*shape, 4), np.uint8)
    with Image.open(file) as image:
        return np.asarray(image.convert("RGBA"))


@cache
def _measures() -> str:
    """Changes with the code that measures."""
    sources = sorted((Path(__file__).parent / "measures").glob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]
