"""Compares Cutout with rembg: a warm call, the time to a first cutout, memory, size of the PNG.

Both are asked in turn, A B A B, so that a machine whose speed drifts does so for both.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import product
from operator import attrgetter
from pathlib import Path
from statistics import median
from time import perf_counter

from tqdm import tqdm

from tools import markdown, sections
from tools.contenders import originals
from tools.contenders.catalogue import Tool, find
from tools.contenders.process import Answer, Contender

from .photos import Photo, make

Pair = tuple[Tool, Tool]  # Cutout and rembg
Rounds = list[tuple[Answer, ...]]  # an answer of each tool
THREADS = (1, 2)
ROUNDS = 7
PEAK_ROUNDS = 3
WARM = (Photo(1), Photo(12), Photo(12, grain=0))
PEAK = (Photo(1), Photo(12), Photo(50))
U2NET = find("cutout u2net"), find("rembg u2net")
U2NETP = find("cutout u2netp"), find("rembg u2netp")
# Without edges Cutout enlarges the saliency map, as rembg does.
KINDS = (("", U2NET), (", edges off", (find("cutout u2net, edges off"), U2NET[1])))


@dataclass(frozen=True)
class Comparison:
    """One figure of both, round by round."""

    what: str
    threads: int
    unit: str
    ours: list[float]
    theirs: list[float]

    @property
    def ratio(self) -> float:
        """rembg's figure over Cutout's: the median of the rounds' ratios."""
        return median(theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True))

    def cells(self) -> list[str]:
        sizes = [f"{_short(median(side))} {self.unit}" for side in (self.theirs, self.ours)]
        shown = f"{self.ratio:.1f} ×" if self.unit == "s" else f"{100 / self.ratio:.0f} %"
        return [self.what, str(self.threads), *sizes, shown]


def table() -> str:
    rows = [row.cells() for row in tqdm(compare(originals.prepare()), desc="bench", unit="row")]
    head = f"{sections.here()}; medians, and the median of the rounds' ratios:"
    return f"{head}\n\n{markdown.table(['', 'threads', 'rembg', 'Cutout', 'ratio'], rows)}"


def compare(models: Path) -> Iterator[Comparison]:
    """Yield each row of the table. models is the folder of rembg's networks."""
    for photo, threads, (kind, pair) in product(WARM, THREADS, KINDS):
        rounds = warm(pair, make(photo), threads, models, ROUNDS)
        name = photo.name + kind
        yield of_rounds(f"warm call, u2net, {name}", threads, "s", rounds, attrgetter("seconds"))
        if threads == THREADS[0]:
            yield of_rounds(
                f"PNG of it, {name}", threads, "MB", rounds, lambda png: png.bytes / 1e6
            )
    for threads in THREADS:
        # The first round leaves the files in the system's cache and does not count.
        rounds = cold(U2NETP, make(WARM[0]), threads, models, 1 + ROUNDS)[1:]
        what = f"process start to first cutout, u2netp, {WARM[0].name}"
        yield of_rounds(what, threads, "s", rounds, attrgetter("seconds"))
    for photo in PEAK:
        rounds = cold(U2NET, make(photo), 1, models, PEAK_ROUNDS)
        yield of_rounds(f"peak memory, u2net, {photo.name}", 1, "MB", rounds, attrgetter("peak_mb"))


def of_rounds(
    what: str, threads: int, unit: str, rounds: Rounds, figure: Callable[[Answer], float]
) -> Comparison:
    ours, theirs = ([figure(answer) for answer in side] for side in zip(*rounds, strict=True))
    return Comparison(what, threads, unit, ours, theirs)


def warm(tools: Sequence[Tool], photo: Path, threads: int, models: Path, rounds: int) -> Rounds:
    """Return the answers of all tools in each round, after a first one that does not count."""
    with ExitStack() as stack:
        contenders = [stack.enter_context(Contender(tool, threads, models)) for tool in tools]
        return [tuple(one.ask(photo) for one in contenders) for _ in range(1 + rounds)][1:]


def cold(pair: Pair, photo: Path, threads: int, models: Path, rounds: int) -> Rounds:
    """Return the first answers of new processes, whose seconds count from the process's start."""

    def first(tool: Tool) -> Answer:
        begun = perf_counter()
        with Contender(tool, threads, models) as contender:
            answer = contender.ask(photo)
            return replace(answer, seconds=perf_counter() - begun)

    return [(first(pair[0]), first(pair[1])) for _ in range(rounds)]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
