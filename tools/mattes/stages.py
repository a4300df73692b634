"""python -m tools.mattes.stages: where the whole engine's time goes, and its memory."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import get_args

from tqdm import tqdm

from cutout.options.record import Edges
from tools import markdown
from tools.bench.photos import Photo, make
from tools.contenders.catalogue import BUILD, CUTOUT, ORIGINALS, Tool, ours
from tools.contenders.process import Answer, Contender, Failed, Unavailable
from tools.machine import machine

OUT = BUILD / "stages"
MEGAPIXELS = (1, 4, 12, 25, 50)
ROUNDS = 3  # after a first call that does not count
THREADS = 1


@dataclass(frozen=True)
class Line:
    megapixels: int
    edges: Edges
    ms: dict[str, float]  # medians
    peak_mb: float

    def cells(self, names: Sequence[str]) -> list[str]:
        ms = [f"{self.ms[name]:,.0f}" for name in names]
        return [f"{self.megapixels} MP", self.edges, *ms, f"{sum(self.ms.values()):,.0f}",
                f"{self.peak_mb:,.0f}"]  # fmt: skip


def main() -> int:
    todo = [(megapixels, edges) for megapixels in MEGAPIXELS for edges in get_args(Edges)]
    try:
        lines = [_line(*one) for one in tqdm(todo, desc="stages", unit="process")]
    except (Failed, Unavailable) as error:
        print(f"stages: {error}", file=sys.stderr)
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "table.md").write_text(table(lines), encoding="utf-8")
    print(f"\n{table(lines)}\nThis is {OUT}/table.md.")
    return 0


def _line(megapixels: int, edges: Edges) -> Line:
    photo = make(Photo(megapixels), BUILD / "photos")
    tool = Tool(f"cutout {edges}", "ours", CUTOUT, ours("u2net") | {"edges": edges})
    with Contender(tool, THREADS, ORIGINALS) as contender:
        return line(megapixels, edges, [_asked(contender, photo) for _ in range(ROUNDS + 1)])


def _asked(contender: Contender, photo: Path) -> Answer:
    answer = contender.ask(photo)
    if answer.refused:
        raise Failed(answer.refused)
    return answer


def line(megapixels: int, edges: Edges, answers: Sequence[Answer]) -> Line:
    stages = [answer.said["stages_ms"] for answer in answers[1:]]
    ms = {name: median(one[name] for one in stages) for name in stages[0]}
    return Line(megapixels, edges, ms, answers[-1].peak_mb)


def table(lines: Sequence[Line]) -> str:
    """The network's own stage is `predict`."""
    names = list(lines[0].ms)
    head = ["", "edges", *(f"{name}, ms" for name in names), "all, ms", "peak MB"]
    said = (
        f"{date.today()}, {machine()}, threads: {THREADS}; JPEG to PNG with u2net, medians of "
        f"{ROUNDS} calls after the first, and the peak of the process:"
    )
    return f"{said}\n\n{markdown.table(head, [one.cells(names) for one in lines])}"


if __name__ == "__main__":
    sys.exit(main())
