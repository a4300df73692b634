"""Measures what a worker process adds to a cutout: time, memory and its start."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from cutout import engines
from cutout.config import Settings
from cutout.engine.pipeline import Engine
from cutout.options.record import Options
from tools import markdown, sections

from . import photos
from .photos import Photo

ROUNDS = 9
HEAD = ["MP", "in this process, ms", "in a worker, ms", "ratio", "beside the stages, ms",
        "processor time here, ms"]  # fmt: skip
MEMORY = "from tools.speed import workers; workers.print_memory()"


@dataclass(frozen=True)
class Call:
    """Milliseconds of a call: in all, beside the stages of the engine, and of this processor."""

    total: float
    beside: float
    processor: float


def table(rounds: int = ROUNDS, megapixels: tuple[int, ...] = (1, 12)) -> str:
    settings = Settings.from_env()
    here = engines.engine(settings)
    here.prepare(Options())
    rows = []
    with engines.engine_in_workers(settings, 1) as apart:
        start = _ms(lambda: apart.network(Options()))
        for each in megapixels:
            data = photos.make(Photo(each)).read_bytes()
            # In turn, so that other load on the machine meets both.
            pairs = [(_call(here, data), _call(apart, data)) for _ in range(rounds + 1)][1:]
            rows.append(row(each, pairs))
    main, worker = _memory()
    return (
        f"{sections.here()}; medians of {rounds} pairs. A worker starts in {start:,.0f} ms; after "
        f"12 MP it has {worker:,.0f} MB of memory, and its parent {main:,.0f} MB:\n\n"
        f"{markdown.table(HEAD, rows)}"
    )


def print_memory(megapixels: int = 12) -> None:
    """Print the megabytes of this process and of its worker, after a picture."""
    with engines.engine_in_workers(Settings.from_env(), 1) as engine:
        engine.remove_background(photos.make(Photo(megapixels)).read_bytes(), Options())
        listed = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid=,rss=,args="], text=True)
    lines = [line.split(maxsplit=3) for line in listed.splitlines()]
    own = str(os.getpid())
    main = [int(rss) for pid, _, rss, _ in lines if pid == own]
    worker = [int(rss) for _, parent, rss, args in lines if parent == own and "workers" in args]
    print(*(sum(kilobytes) / 1024 for kilobytes in (main, worker)))


def _memory() -> list[float]:
    """Return both in a new process, which has no engine of its own."""
    printed = subprocess.check_output([sys.executable, "-c", MEMORY], text=True, cwd=sections.ROOT)
    return [float(number) for number in printed.split()]


def row(megapixels: int, pairs: list[tuple[Call, Call]]) -> list[str]:
    """Return a table's row for pairs of a call in this process and one in a worker."""
    here, apart = (median(call.total for call in calls) for calls in zip(*pairs, strict=True))
    beside = median(call.beside for _, call in pairs)
    processor = median(call.processor for _, call in pairs)
    return [str(megapixels), f"{here:,.0f}", f"{apart:,.0f}", f"{apart / here:.2f}",
            f"{beside:.1f}", f"{processor:.1f}"]  # fmt: skip


def _call(engine: Engine, data: bytes) -> Call:
    processor = time.process_time()
    start = time.perf_counter()
    result = engine.remove_background(data, Options())
    total = (time.perf_counter() - start) * 1000
    used = (time.process_time() - processor) * 1000
    return Call(total, total - sum(result.timings_ms.values()), used)


def _ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
