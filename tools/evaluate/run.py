"""Every tool over every picture, one after the other. What is done already is not done again."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from tqdm import tqdm

from tools.contenders.catalogue import Tool
from tools.contenders.process import Answer, Contender, Failed, Unavailable

from .dataset import Picture, read_truth
from .files import read_json, slug, write_json

THREADS = 1
MARGIN = 0.1  # of the true box: how roughly a person draws one


@dataclass(frozen=True)
class Outcome:
    """What a tool made of a picture."""

    tool: str
    picture: Picture
    file: Path  # the cutout as PNG; there only if the tool has kept something
    answer: Answer | None
    failed: str = ""  # why there is no answer

    @property
    def has_cutout(self) -> bool:
        return self.answer is not None and not self.answer.refused


@dataclass
class Outcomes:
    all: list[Outcome] = field(default_factory=list)
    not_run: dict[str, str] = field(default_factory=dict)  # tools, and why
    kept: int = 0  # from an earlier run

    @property
    def failed(self) -> list[str]:
        return [
            f"{outcome.tool} at {outcome.picture.name}: {outcome.failed}"
            for outcome in self.all
            if outcome.failed
        ]


def run(tools: Iterable[Tool], pictures: Sequence[Picture], cache: Path, models: Path) -> Outcomes:
    """cache keeps what each version of a tool made; models are the original networks."""
    outcomes = Outcomes()
    for tool in tools:
        try:
            with Asked(tool, cache, models) as asked:
                bar = tqdm(pictures, desc=f"{tool.name:20}", unit="picture")
                outcomes.all += [asked.cut_out(picture) for picture in bar]
                outcomes.kept += asked.kept
        except Unavailable as error:
            outcomes.not_run[tool.name] = str(error)
    return outcomes


class Asked:
    """A tool whose process starts when it is needed, and again after a picture that ended it."""

    def __init__(self, tool: Tool, cache: Path, models: Path) -> None:
        self.kept = 0
        self._tool = tool
        self._models = models
        self._folder = cache / f"{slug(tool.name)}-{THREADS}-{tool.fingerprint()}"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._stack = ExitStack()
        self._contender: Contender | None = None

    def __enter__(self) -> "Asked":
        return self

    def __exit__(self, *raised: Any) -> None:
        self._stack.__exit__(*raised)

    def cut_out(self, picture: Picture) -> Outcome:
        hints = self._hints(picture)
        shown = "".join(f"-{side}" for side in hints.get("box", ()))
        file = self._folder / f"{picture.key}{shown}.png"
        if kept := self._kept(picture, file):
            self.kept += 1
            return kept
        try:
            answer = self._ask(picture, file, hints)
        except Failed as error:  # not kept: the next run tries again
            self._contender = None
            return Outcome(self._tool.name, picture, file, None, str(error))
        write_json(file.with_suffix(".json"), asdict(answer))
        return Outcome(self._tool.name, picture, file, answer)

    def _kept(self, picture: Picture, file: Path) -> Outcome | None:
        """What an earlier run left, if all of it is there."""
        if not (record := read_json(file.with_suffix(".json"))):
            return None
        outcome = Outcome(self._tool.name, picture, file, Answer(**record))
        return outcome if file.exists() or not outcome.has_cutout else None

    def _ask(self, picture: Picture, file: Path, hints: dict[str, Any]) -> Answer:
        if self._contender is None:
            contender = Contender(self._tool, THREADS, self._models)
            self._contender = self._stack.enter_context(contender)
            self._contender.ask(picture.photo, **hints)  # the first call of a process takes longer
        answer = self._contender.ask(picture.photo, file, **hints)
        if not answer.refused:
            _check_size(file, picture)
        return answer

    def _hints(self, picture: Picture) -> dict[str, Any]:
        if self._tool.hint == "box":
            return {"box": read_truth(picture).box(MARGIN)}
        if self._tool.hint == "alpha":
            alpha = self._folder / f"{picture.key}.alpha.png"
            Image.fromarray(read_truth(picture).alpha).save(alpha)
            return {"alpha": str(alpha)}
        return {}


def _check_size(file: Path, picture: Picture) -> None:
    height, width = read_truth(picture).alpha.shape
    with Image.open(file) as cutout:
        if cutout.size != (width, height):
            raise Failed("its cutout is {} x {}".format(*cutout.size) + f", not {width} x {height}")
