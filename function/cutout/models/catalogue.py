"""The entries of MODELS.toml."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutout import installation
from cutout.config import cache_folder

RELEASE = "release"  # a key of MODELS.toml that is not a model
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    name: str
    version: str
    licence: str
    sha256: str  # of the original
    bytes: int
    wheel: str
    wheel_bytes: int
    url: str
    size: int  # px
    mean: list[float]
    std: list[float]
    keep_fp32: list[str]  # nodes of the original
    redundant_share: float  # of the multiplications, as redundant.choose counts them
    built_sha256: str  # of the quantized file, its card included
    built_bytes: int

    @property
    def original(self) -> str:
        return f"{self.name}.onnx"

    @property
    def built(self) -> Path:
        """The path of the quantized network. In an installed distribution each version's file has
        a folder of its own."""
        own = self.built_sha256 if installation.is_distribution() else ""
        return folder() / own / f"{self.name}.onnx"

    def is_pinned(self) -> bool:
        """Whether the built file exists and is the one that MODELS.toml pins."""
        return self.built.exists() and file_sha256(self.built) == self.built_sha256

    @property
    def stamp(self) -> Path:
        """The path of the note on a built file that differs from the pinned one (see build)."""
        return self.built.with_suffix(".stamp")

    @property
    def ranges(self) -> Path:
        """The path of the activations' ranges (see quantize)."""
        return HERE / f"{self.name}.ranges.json"

    @property
    def silent(self) -> Path:
        """The path of the silent channels (see prune)."""
        return HERE / f"{self.name}.silent.json"

    @property
    def redundant(self) -> Path:
        """The path of the redundant channels and of the sums that replace them (see redundant)."""
        return HERE / f"{self.name}.redundant.json"


def folder() -> Path:
    """Return the folder that holds built networks."""
    return cache_folder() / "models" if installation.is_distribution() else installation.MODELS


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


def write_json(table: Mapping[str, Any], path: Path) -> None:
    """Write a table with one entry to a line."""
    lines = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in table.items())
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def load() -> list[Entry]:
    """Return the entries in the order of MODELS.toml."""
    return [Entry(name=name, **table) for name, table in _read().items() if name != RELEASE]


def release() -> str:
    """Return the address of the release with the built files, or an empty string without one."""
    return str(_read()[RELEASE])


def _read() -> dict[str, Any]:
    return tomllib.loads((HERE / "MODELS.toml").read_text())
