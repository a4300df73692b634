"""function/models/MODELS.toml as Python sees it."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "function" / "models"


@dataclass(frozen=True)
class Entry:
    name: str
    version: str
    sha256: str  # of the original
    bytes: int
    wheel: str
    wheel_bytes: int
    url: str
    size: int  # px
    mean: list[float]
    std: list[float]
    keep_fp32: list[str]  # nodes of the original
    built_sha256: str  # of the quantized file, its card included
    built_bytes: int

    @property
    def original(self) -> str:
        return f"{self.name}.onnx"

    @property
    def built(self) -> Path:
        return FOLDER / f"{self.name}.onnx"

    @property
    def stamp(self) -> Path:
        """Describes a built file that differs from the pinned one (see builds)."""
        return FOLDER / f"{self.name}.stamp"

    @property
    def ranges(self) -> Path:
        return FOLDER / f"{self.name}.ranges.json"

    @property
    def silent(self) -> Path:
        return FOLDER / f"{self.name}.silent.json"


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load() -> list[Entry]:
    tables = tomllib.loads((FOLDER / "MODELS.toml").read_text())
    return [Entry(name=name, **table) for name, table in tables.items()]
