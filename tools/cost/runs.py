"""What `make bench-container` measured: build/container/bench.json."""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tools.contenders.catalogue import BUILD

FILE = BUILD / "container" / "bench.json"


class RunsMissing(Exception):
    pass


@dataclass(frozen=True)
class Run:
    """One network and one size of photo, in the image under Lambda's limits."""

    model: str
    megapixels: int
    memory_mb: int
    architecture: str
    init_ms: float
    first_ms: float
    warm_ms: float
    in_bytes: int
    out_bytes: int
    log_bytes: int


@dataclass(frozen=True)
class Runs:
    machine: str
    date: str
    runs: tuple[Run, ...]


def load(file: Path, memory_mb: int) -> Runs:
    """Ours on x86_64 with so much memory; arm64 is not measured."""
    if not file.exists():
        raise RunsMissing(f"there is no {file}; `make bench-container` writes it")
    content = json.loads(file.read_text(encoding="utf-8"))
    runs = [_run(row) for row in content["runs"] if row["tool"] == "cutout"]
    runs = [run for run in runs if (run.memory_mb, run.architecture) == (memory_mb, "x86_64")]
    if not runs:
        raise RunsMissing(f"{file} has no run with {memory_mb} MB; `make bench-container` makes it")
    runs.sort(key=lambda run: (run.model, run.megapixels))
    return Runs(content["machine"], content["date"], tuple(runs))


def _run(row: dict[str, Any]) -> Run:
    return Run(**{field.name: row[field.name] for field in fields(Run)})
