"""What `make bench-container` measured: build/container/bench.json."""

import json
from dataclasses import dataclass
from pathlib import Path

from tools.container.run import Run
from tools.contenders.catalogue import BUILD

FILE = BUILD / "container" / "bench.json"


class RunsMissing(Exception):
    pass


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
    kind = "cutout", memory_mb, "x86_64"
    runs = [Run(**row) for row in content["runs"]]
    runs = [run for run in runs if (run.tool, run.memory_mb, run.architecture) == kind]
    if not runs:
        raise RunsMissing(f"{file} has no run with {memory_mb} MB; `make bench-container` makes it")
    runs.sort(key=lambda run: (run.model, run.megapixels))
    return Runs(content["machine"], content["date"], tuple(runs))
