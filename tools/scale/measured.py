"""A batch that did run: build/scale/run.json, beside what was to be expected of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from tools.container.run import Run
from tools.contenders.catalogue import BUILD

FILE = BUILD / "scale" / "run.json"


class RunMissing(Exception):
    pass


@dataclass(frozen=True)
class Measured:
    """On one machine, through the state machine and a local AWS."""

    machine: str
    date: str
    pictures: int
    bad: int  # of these, such as are no pictures
    workers: int  # at once
    wall_s: float
    engine_s: float  # of the engine in all of them, added up
    megapixels: float
    model: str
    threads: int  # of a worker
    seconds_each: float  # of one picture alone, warm, measured separately
    way: str  # prefix or manifest


@dataclass(frozen=True)
class Check:
    measured: Measured
    work_s: float
    start_s: float

    @property
    def expected_s(self) -> float:
        return self.work_s + self.start_s

    @property
    def ratio(self) -> float:
        """Of what was measured to what was expected."""
        return self.measured.wall_s / self.expected_s


def load(file: Path) -> Measured:
    if not file.exists():
        raise RunMissing(f"there is no {file}, where a batch that was measured is written to")
    return Measured(**json.loads(file.read_text(encoding="utf-8")))


def check(measured: Measured, runs: tuple[Run, ...]) -> Check:
    """What is expected: its pictures, as long as each takes alone, shared out among the workers,
    after these have started. What the local AWS adds is in the ratio."""
    work_s = measured.pictures * measured.seconds_each / measured.workers
    starts = [run.init_ms / 1000 for run in runs if run.model == measured.model]
    return Check(measured, work_s, starts[0] if starts else 0.0)
