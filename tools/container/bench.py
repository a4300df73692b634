"""python -m tools.container.bench: see `make bench-container`."""

import json
import sys
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from statistics import median

from tqdm import tqdm

from tools import markdown
from tools.contenders.catalogue import BUILD
from tools.machine import machine

from . import measure
from .run import Run

OUT = BUILD / "container"
MODELS = ("u2netp", "u2net")
SIZES = (1, 12)
LARGEST = 50
ROUNDS = 5
CALLS = 1000
SETTLED = 20  # calls after which memory has to stay
NAMES = {"init_ms": "init phase", "first_ms": "first call", "warm_ms": "warm call",
         "peak_mb": "peak memory"}  # fmt: skip


@dataclass(frozen=True)
class Findings:
    date: str
    machine: str
    parts_ms: dict[str, float]
    runs: list[Run]
    smallest_mb: dict[str, int]
    peaks_mb: list[float]  # after each of many calls

    def table(self) -> str:
        of = {(run.tool, run.model, run.megapixels): run for run in self.runs}
        rows = []
        for model in MODELS:
            for size in SIZES:
                theirs, ours = of["rembg", model, size], of["cutout", model, size]
                rows += [_row(stage, theirs, ours) for stage in NAMES if _is_told(stage, size)]
        rows += [
            [f"smallest memory, u2net, {size} MP", _setting(self.smallest_mb[f"rembg {size}"]),
             _setting(self.smallest_mb[f"cutout {size}"]), ""]
            for size in (SIZES[-1], LARGEST)
        ]  # fmt: skip
        sizes = ", ".join(f"{size:g}" for size in measure.MIXED)
        parts = ", ".join(f"{name} {ms:.0f} ms" for name, ms in self.parts_ms.items())
        return (
            f"{self.date}, {self.machine}; one vCPU, 1,769 MB; medians of {ROUNDS} containers:\n\n"
            f"{markdown.table(['', 'rembg', 'Cutout', 'ratio'], rows)}\n"
            f"Of the init phase: {parts}. {CALLS:,} warm calls of {sizes} MP with u2netp: "
            f"{self.peaks_mb[SETTLED - 1]:.0f} MB after {SETTLED}, {self.peaks_mb[-1]:.0f} MB "
            "at the end.\n"
        )


def main() -> int:
    OUT.mkdir(parents=True, exist_ok=True)
    measure.build_peer()
    findings = Findings(
        str(date.today()), machine(), measure.init_parts(), _runs(), _smallest(), _many()
    )
    (OUT / "bench.json").write_text(json.dumps(asdict(findings), indent=1))
    (OUT / "table.md").write_text(findings.table())
    print(f"\n{findings.table()}\nThis is {OUT}/table.md, and bench.json has every figure.")
    return 0


def _runs() -> list[Run]:
    """In turn, so that a machine that drifts drifts for both."""
    wanted = [(tool, model, size) for model in MODELS for size in SIZES for tool in measure.IMAGES]
    wanted += [("cutout", model, LARGEST) for model in MODELS]
    with tqdm(total=len(wanted) * ROUNDS, desc="starts", unit="container") as bar:
        rounds: list[list[Run]] = []
        for _ in range(ROUNDS):
            rounds.append([])
            for one in wanted:
                rounds[-1].append(measure.run(*one))
                bar.update()
    return [_medians(same) for same in zip(*rounds, strict=True)]


def _medians(runs: tuple[Run, ...]) -> Run:
    return replace(runs[0], **{name: median(getattr(run, name) for run in runs) for name in NAMES})


def _smallest() -> dict[str, int]:
    return {
        f"{tool} {size}": measure.smallest_memory(partial(measure.fits, tool, "u2net", size))
        for tool in measure.IMAGES
        for size in tqdm((SIZES[-1], LARGEST), desc=f"memory of {tool}")
    }


def _many() -> list[float]:
    return list(tqdm(measure.many(CALLS, "u2netp"), total=CALLS, desc="warm calls"))


def _is_told(stage: str, size: int) -> bool:
    return stage != "init_ms" or size == SIZES[0]  # which knows no picture


def _row(stage: str, theirs: Run, ours: Run) -> list[str]:
    name = f"{NAMES[stage]}, {ours.model}"
    if stage != "init_ms":
        name += f", {ours.megapixels:g} MP"
    pair = getattr(theirs, stage), getattr(ours, stage)
    if stage == "peak_mb":
        return [name, *(f"{mb:,.0f} MB" for mb in pair), f"{100 * pair[1] / pair[0]:.0f} %"]
    return [name, *(f"{ms / 1000:.2f} s" for ms in pair), f"{pair[0] / pair[1]:.1f} ×"]


def _setting(mb: int) -> str:
    return f"{mb:,} MB" if mb <= measure.MOST_MB else f"more than {measure.MOST_MB:,} MB"


if __name__ == "__main__":
    sys.exit(main())
