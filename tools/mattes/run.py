"""Every tool over every scene of a size, each in a process of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from tools.contenders.catalogue import ORIGINALS, Tool
from tools.contenders.process import Contender, Failed, Unavailable
from tools.evaluate.files import slug

from .folder import Drawn
from .score import Truth, measure, read

THREADS = 1
LIMIT_S = 1800  # for one answer: closed-form matting takes minutes where much is unknown


@dataclass(frozen=True)
class Row:
    tool: str
    kind: str
    megapixels: float
    values: dict[str, float]
    seconds: float  # of the processor, for the cut alone: nothing is decoded or encoded
    peak_mb: float  # of the process, over all scenes of the size


@dataclass(frozen=True)
class Made:
    """A cutout that is not measured yet."""

    tool: str
    scene: Drawn
    file: Path
    seconds: float
    peak_mb: float


def cut_out(
    tools: Sequence[Tool], scenes: Sequence[Drawn], folder: Path, left_out: list[str]
) -> list[Made]:
    """Scenes of one size. A sentence for each tool that does not get to their end is added."""
    folder.mkdir(parents=True, exist_ok=True)
    all_made: list[Made] = []
    for tool in tools if scenes else ():
        size = f"{scenes[0].megapixels:g} MP"
        made: list[Made] = []
        try:
            with Contender(tool, THREADS, ORIGINALS, LIMIT_S) as contender:
                for scene in tqdm(scenes, desc=f"{tool.name:12}{size:>8}", unit="scene"):
                    made.append(_ask(contender, tool, scene, folder))
        except (Failed, Unavailable) as error:
            left_out.append(f"{tool.name} at {size} after {len(made)} scenes: {error}")
        all_made += [replace(one, peak_mb=made[-1].peak_mb) for one in made]
    return all_made


def _ask(contender: Contender, tool: Tool, scene: Drawn, folder: Path) -> Made:
    file = folder / f"{slug(tool.name)}-{scene.kind}.png"
    answer = contender.ask(scene.photo, file, map=str(scene.map))
    return Made(tool.name, scene, file, answer.said["seconds"], answer.peak_mb)


def measured(made: Sequence[Made]) -> list[Row]:
    """Scene by scene, for finding a truth's band takes as long as measuring a cutout."""
    rows = []
    for scene in tqdm(dict.fromkeys(one.scene for one in made), desc="measured", unit="scene"):
        truth = Truth.read(scene.truth)
        for one in made:
            if one.scene == scene:
                values = measure(read(one.file), truth)
                rows.append(Row(one.tool, scene.kind, scene.megapixels, values, one.seconds,
                                one.peak_mb))  # fmt: skip
    return rows
