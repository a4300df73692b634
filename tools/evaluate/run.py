"""Every tool over every picture, one after the other. What is done already is not done again."""

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tools.contenders.catalogue import Tool
from tools.contenders.process import Answer, Contender, Failed, Unavailable

from .dataset import Picture, read_truth

THREADS = 1
MARGIN = 0.1  # of the true box: how roughly a person draws one


@dataclass(frozen=True)
class Outcome:
    """What a tool made of a picture."""

    tool: str
    picture: Picture
    file: Path  # the cutout as PNG; not there if the tool refused the picture
    answer: Answer


@dataclass
class Outcomes:
    done: list[Outcome] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # sentences: which tool at which picture
    not_run: dict[str, str] = field(default_factory=dict)  # tools, and why
    kept: int = 0  # of those done, from an earlier run


def run(tools: Iterable[Tool], pictures: Sequence[Picture], cache: Path, models: Path) -> Outcomes:
    """cache keeps what each version of a tool made; models are the original networks."""
    outcomes = Outcomes()
    for tool in tools:
        folder = cache / f"{slug(tool.name)}-{tool.fingerprint()}"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _run(tool, pictures, folder, models, outcomes)
        except Unavailable as error:
            outcomes.not_run[tool.name] = str(error)
    return outcomes


def _run(
    tool: Tool, pictures: Sequence[Picture], folder: Path, models: Path, outcomes: Outcomes
) -> None:
    contender: Contender | None = None
    with ExitStack() as stack:
        for picture in tqdm(pictures, desc=f"{tool.name:20}", unit="picture"):
            file = folder / f"{picture.key}.png"
            said = file.with_suffix(".json")
            if said.exists():
                outcomes.kept += 1
            else:
                if contender is None:
                    contender = stack.enter_context(Contender(tool, THREADS, models))
                try:
                    answer = contender.ask(picture.photo, file, **hints(tool, picture))
                except Failed as error:  # not kept: the next run tries again
                    outcomes.failed.append(f"{tool.name} at {picture.name}: {error}")
                    contender = None
                    continue
                write_json(said, asdict(answer))
            answer = Answer(**json.loads(said.read_text()))
            outcomes.done.append(Outcome(tool.name, picture, file, answer))


def hints(tool: Tool, picture: Picture) -> dict[str, Any]:
    if tool.hint == "box":
        return {"box": read_truth(picture).box(MARGIN)}
    if tool.hint == "truth":
        return {"truth": str(picture.truth)}
    return {}


def write_json(path: Path, record: dict[str, Any]) -> None:
    """All of the file or none: a run may be interrupted at any time."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(record))
    part.replace(path)


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
