"""Batches that did run: build/scale/run.json, beside what was to be expected of them."""

import json
from dataclasses import dataclass
from pathlib import Path

from tools.container.run import Run
from tools.contenders.catalogue import BUILD

HOUR_S = 3600
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
    seconds_each: float  # of a warm call beside as many, measured separately
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
    def an_hour(self) -> float:
        return self.measured.pictures / self.measured.wall_s * HOUR_S

    @property
    def outside(self) -> float:
        """The share of the workers' time that is not the engine's."""
        return 1 - self.measured.engine_s / (self.measured.wall_s * self.measured.workers)

    @property
    def ratio(self) -> float:
        """Of what was measured to what was expected."""
        return self.measured.wall_s / self.expected_s


def load(file: Path) -> list[Measured]:
    if not file.exists():
        raise RunMissing(f"there is no {file}; `.venv/bin/python -m tools.scale.run` makes it")
    return [Measured(**run) for run in json.loads(file.read_text(encoding="utf-8"))]


def check(measured: Measured, runs: tuple[Run, ...]) -> Check:
    """What is expected: its good pictures, as long as each takes by itself, shared out among the
    workers, after these have started. What the local AWS adds is in the ratio."""
    good = measured.pictures - measured.bad
    work_s = good * measured.seconds_each / measured.workers
    starts = [run.init_ms / 1000 for run in runs if run.model == measured.model]
    return Check(measured, work_s, starts[0] if starts else 0.0)
