"""MODELS.toml as Python sees it."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutout import installation

from .cache import cache_folder

RELEASE = "release"  # the key of MODELS.toml that is no model
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
    built_sha256: str  # of the quantized file, its card included
    built_bytes: int

    @property
    def original(self) -> str:
        return f"{self.name}.onnx"

    @property
    def built(self) -> Path:
        """Of a distribution in a folder of its own, so that no version takes another's file."""
        own = self.built_sha256 if installation.is_distribution() else ""
        return folder() / own / f"{self.name}.onnx"

    def is_pinned(self) -> bool:
        """Whether the built file is there, and is the one that MODELS.toml pins."""
        return self.built.exists() and sha256(self.built) == self.built_sha256

    @property
    def stamp(self) -> Path:
        """Describes a built file that differs from the pinned one (see builds)."""
        return self.built.with_suffix(".stamp")

    @property
    def ranges(self) -> Path:
        return HERE / f"{self.name}.ranges.json"

    @property
    def silent(self) -> Path:
        return HERE / f"{self.name}.silent.json"


def folder() -> Path:
    """The folder that holds built networks."""
    return cache_folder() / "models" if installation.is_distribution() else installation.MODELS


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load() -> list[Entry]:
    return [Entry(name=name, **table) for name, table in _read().items() if name != RELEASE]


def release() -> str:
    """The address of the release with the built files; empty where there is none."""
    return str(_read()[RELEASE])


def _read() -> dict[str, Any]:
    return tomllib.loads((HERE / "MODELS.toml").read_text())
