"""Two contenders asked in turn, A B A B, so that a machine that drifts drifts for both."""

from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tools.contenders.catalogue import Tool
from tools.contenders.process import Answer, Contender

Pair = tuple[Tool, Tool]  # ours and theirs


@dataclass(frozen=True)
class Duel:
    """The same figure of both, round by round."""

    what: str
    threads: int
    unit: str
    ours: list[float]
    theirs: list[float]

    @property
    def times(self) -> float:
        """How many times as much theirs needs: the median of the rounds' ratios."""
        return median(theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True))

    def cells(self) -> list[str]:
        sizes = [f"{_short(median(side))} {self.unit}" for side in (self.theirs, self.ours)]
        shown = f"{self.times:.1f} ×" if self.unit == "s" else f"{100 / self.times:.0f} %"
        return [self.what, str(self.threads), *sizes, shown]

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"times": self.times}


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def warm(
    pair: Pair, photo: Path, threads: int, rounds: int, models: Path
) -> tuple[list[Answer], list[Answer]]:
    """What both answer, after a first call that does not count."""
    with ExitStack() as stack:
        ours, theirs = (stack.enter_context(Contender(tool, threads, models)) for tool in pair)
        ours.ask(photo), theirs.ask(photo)
        answers = [(ours.ask(photo), theirs.ask(photo)) for _ in range(rounds)]
    return [a for a, _ in answers], [b for _, b in answers]


def starts(
    pair: Pair, photo: Path, threads: int, rounds: int, models: Path
) -> tuple[list[float], list[float]]:
    """Seconds from the start of a process to its first cutout, after a start that does not count:
    it leaves the files in the system's cache."""
    seconds = [[_start(tool, photo, threads, models) for tool in pair] for _ in range(rounds + 1)]
    return [a for a, _ in seconds[1:]], [b for _, b in seconds[1:]]


def _start(tool: Tool, photo: Path, threads: int, models: Path) -> float:
    start = perf_counter()
    with Contender(tool, threads, models) as contender:
        contender.ask(photo)
        return perf_counter() - start


def peaks(pair: Pair, photo: Path, rounds: int, models: Path) -> tuple[list[float], list[float]]:
    """The most memory that a new process of one thread holds until its first cutout, in MB."""
    mb = [[_peak_mb(tool, photo, models) for tool in pair] for _ in range(rounds)]
    return [a for a, _ in mb], [b for _, b in mb]


def _peak_mb(tool: Tool, photo: Path, models: Path) -> float:
    with Contender(tool, 1, models) as contender:
        return contender.ask(photo).peak_mb
