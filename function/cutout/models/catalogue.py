"""MODELS.toml as Python sees it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = Path(__file__).parents[2] / "models"


@dataclass(frozen=True)
class Entry:
    name: str
    version: str
    sha256: str  # of the original
    bytes: int
    wheel: str
    url: str
    size: int  # px
    mean: list[float]
    std: list[float]
    keep_fp32: list[str]  # nodes of the original
    graph_sha256: str  # of what `make models` makes of it, without its card

    @property
    def original(self) -> str:
        return f"{self.name}.onnx"

    @property
    def built(self) -> Path:
        return FOLDER / f"{self.name}.onnx"

    @property
    def ranges(self) -> Path:
        return HERE / f"{self.name}.ranges.json"

    @property
    def silent(self) -> Path:
        return HERE / f"{self.name}.silent.json"


def load() -> list[Entry]:
    tables = tomllib.loads((HERE / "MODELS.toml").read_text())
    return [Entry(name=name, **table) for name, table in tables.items()]
