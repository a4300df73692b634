"""Run tools over pictures and measure their cutouts. Cutouts of earlier runs are used again."""

import json
import os
import re
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from tools.contenders.catalogue import Tool
from tools.contenders.process import Answer, Contender, Failed, Unavailable

from .dataset import Picture, read_truth
from .measures import BY_KEY, Scores, measure

THREADS = 1
UNMEASURED = Scores({}, [])
MARGIN = 0.1  # by which the box of a subject is enlarged, as a person draws it


@dataclass(frozen=True)
class Outcome:
    """What one tool made of one picture."""

    tool: str
    picture: Picture
    file: Path  # the cutout as PNG, which exists if has_cutout
    answer: Answer | None
    failure: str = ""  # the reason, if there is no answer
    scores: Scores = UNMEASURED

    @property
    def has_cutout(self) -> bool:
        return self.answer is not None and not self.answer.refused

    @property
    def category(self) -> str:
        return self.picture.category

    def read_cutout(self, height: int, width: int) -> NDArray[np.uint8]:
        """Read the RGBA pixels, all transparent if the tool refused or failed: (H, W, 4)."""
        if not self.has_cutout:
            return np.zeros((height, width, 4), np.uint8)
        with Image.open(self.file) as image:
            return np.asarray(image.convert("RGBA"))

    def as_json(self) -> dict[str, Any]:
        answer = asdict(self.answer) if self.answer else {"failed": self.failure}
        name = {"tool": self.tool, "picture": self.picture.name, "category": self.category}
        return name | answer | asdict(self.scores)


@dataclass
class Outcomes:
    all: list[Outcome] = field(default_factory=list)
    not_run: dict[str, str] = field(default_factory=dict)  # the reason by the name of the tool
    kept: int = 0  # how many are from an earlier run

    def add(self, others: "Outcomes") -> None:
        self.all += others.all
        self.not_run |= others.not_run
        self.kept += others.kept


def run(tools: Iterable[Tool], pictures: Sequence[Picture], cache: Path, models: Path) -> Outcomes:
    """Cut out each picture with each tool, one after the other.

    cache: the folder that keeps the cutouts of each version of each tool.
    models: the folder of the original networks.
    """
    outcomes = Outcomes()
    for tool in tools:
        try:
            with ToolRun(tool, cache, models) as tool_run:
                bar = tqdm(pictures, desc=f"{tool.name:20}", unit="picture")
                outcomes.all += [tool_run.cut_out(picture) for picture in bar]
                outcomes.kept += tool_run.kept
        except Unavailable as error:
            outcomes.not_run[tool.name] = str(error)
    return outcomes


class ToolRun:
    """A tool whose process starts when first needed, and again after a picture that ended it."""

    def __init__(self, tool: Tool, cache: Path, models: Path) -> None:
        self.kept = 0
        self._tool = tool
        self._models = models
        name = re.sub(r"[^a-z0-9]+", "-", tool.name.lower())
        self._folder = cache / f"{name}-{THREADS}-{tool.fingerprint()}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stack = ExitStack()
        self._contender: Contender | None = None

    def __enter__(self) -> "ToolRun":
        return self

    def __exit__(self, *raised: Any) -> None:
        self._stack.__exit__(*raised)

    def cut_out(self, picture: Picture) -> Outcome:
        hints = self.hints(picture)
        box = "".join(f"-{side}" for side in hints.get("box", ()))
        file = self._folder / f"{picture.key}{box}.png"
        if answer := read_answer(file):
            self.kept += 1
            return Outcome(self._tool.name, picture, file, answer)
        try:
            answer = self._ask(picture, file, hints)
        except Failed as error:  # no answer is written, so that the next run tries again
            self._contender = None
            return Outcome(self._tool.name, picture, file, None, str(error))
        part = file.with_suffix(".part")  # renamed when complete: a run may be interrupted
        part.write_text(json.dumps(asdict(answer)))
        part.replace(file.with_suffix(".json"))
        return Outcome(self._tool.name, picture, file, answer)

    def _ask(self, picture: Picture, file: Path, hints: dict[str, Any]) -> Answer:
        if self._contender is None:
            contender = Contender(self._tool, THREADS, self._models)
            self._contender = self._stack.enter_context(contender)
            self._contender.ask(picture.photo, **hints)  # the first call of a process takes longer
        answer = self._contender.ask(picture.photo, file, **hints)
        if not answer.refused:
            height, width = read_truth(picture).alpha.shape
            with Image.open(file) as cutout:
                if cutout.size != (width, height):
                    size = "{} x {}".format(*cutout.size)
                    raise Failed(f"its cutout is {size}, not {width} x {height}")
        return answer

    def hints(self, picture: Picture) -> dict[str, Any]:
        """Return what the tool is shown besides the photo."""
        if self._tool.hint == "box":
            return {"box": read_truth(picture).box(MARGIN)}
        if self._tool.hint == "alpha":
            alpha = self._folder / f"{picture.key}.alpha.png"
            Image.fromarray(read_truth(picture).alpha).save(alpha)
            return {"alpha": str(alpha)}
        if self._tool.hint == "map":
            return {"map": str(picture.saliency_map)}
        return {}


def read_answer(file: Path) -> Answer | None:
    """Read what an earlier run recorded beside a cutout; None if a part is missing or broken."""
    try:
        answer = Answer(**json.loads(file.with_suffix(".json").read_text()))
    except (FileNotFoundError, ValueError):
        return None
    return answer if answer.refused or file.exists() else None


def score(outcomes: Sequence[Outcome], keys: Collection[str] = BY_KEY) -> list[Outcome]:
    """Measure the cutouts. One that a tool refused, or failed at, counts as all transparent."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        scores = pool.map(partial(_score, keys=list(keys)), outcomes, chunksize=4)
        bar = tqdm(scores, total=len(outcomes), desc=f"{'measures':20}", unit="picture")
        return [replace(one, scores=found) for one, found in zip(outcomes, bar, strict=True)]


def _score(outcome: Outcome, keys: Collection[str]) -> Scores:
    truth = read_truth(outcome.picture)
    cutout = outcome.read_cutout(*truth.alpha.shape)
    return measure(cutout, truth.pixels, truth.kind == "alpha", truth.has_colours, keys)
