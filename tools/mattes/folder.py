"""Scenes as files, drawn once: a photo, its truth, and the map that every tool gets."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from cutout.core.arrays import Map
from tools.contenders.catalogue import BUILD, ROOT

from . import fields, strands
from .prediction import agreement, simulated_map, u2net_map
from .scene import Scene

OUT = BUILD / "mattes"

GENERATORS: dict[str, Callable[[float, Sequence[str]], Iterator[Scene]]] = {
    "a": strands.scenes,
    "b": fields.scenes,
}
SOURCES = (
    *(f"mattes/{name}.py" for name in ("scene", "photograph", "prediction", "strands", "brush",
                                       "fields", "frame", "particles")),
    *(f"evaluate/scenes/{name}.py" for name in ("animal", "background", "fur", "hard", "limit",
                                                "portrait", "product", "scene", "sheet")),
)  # fmt: skip
FOUND = 0.8  # IoU from which on the real network has seen the subject
QUICK = 1  # zlib's level: a PNG of 12 MP takes seconds at the default


@dataclass(frozen=True)
class Drawn:
    kind: str
    megapixels: float
    photo: Path
    truth: Path
    map: Path

    @property
    def name(self) -> str:
        return f"{self.kind} {self.megapixels:g} MP"


def draw(generator: str, megapixels: float, kinds: Sequence[str], folder: Path) -> list[Drawn]:
    """What is there already is not drawn again, unless a generator has changed."""
    place = folder / f"scenes-{_fingerprint()}" / f"{generator}-{megapixels:g}"
    place.mkdir(parents=True, exist_ok=True)
    drawn = [Drawn(kind, megapixels, *(place / f"{kind}.{part}" for part in
             ("photo.png", "truth.png", "npy"))) for kind in kinds]  # fmt: skip
    missing = [one.kind for one in drawn if not one.map.exists()]
    for scene in GENERATORS[generator](megapixels, missing):
        _write(scene, next(one for one in drawn if one.kind == scene.kind))
    return drawn


def _fingerprint() -> str:
    """Changes with all that scenes and their simulated maps depend on."""
    sources = b"\0".join((ROOT / "tools" / name).read_bytes() for name in SOURCES)
    return hashlib.sha256(sources).hexdigest()[:12]


def _write(scene: Scene, place: Drawn) -> None:
    """The map last: where it is, the rest is whole."""
    for image, path in ((scene.photo, place.photo), (scene.truth, place.truth)):
        part = path.with_suffix(f".{os.getpid()}")
        image.save(part, "PNG", compress_level=QUICK)
        part.replace(path)
    _save(simulated_map(scene.truth), place.map)


def _save(map: Map, path: Path) -> None:
    part = path.with_suffix(f".{os.getpid()}")
    with part.open("wb") as file:
        np.save(file, map)
    part.replace(path)


def asked(drawn: Sequence[Drawn]) -> tuple[list[Drawn], list[str]]:
    """The same scenes with u2net's own maps where it has found the subject, and the other names."""
    found, lost = [], []
    for one in drawn:
        path = one.map.with_suffix(".u2net.npy")
        with Image.open(one.photo) as photo:
            _save(u2net_map(photo), path)
        with Image.open(one.truth) as truth:
            is_found = agreement(np.load(path), truth) >= FOUND
        if is_found:
            found.append(Drawn(one.kind, one.megapixels, one.photo, one.truth, path))
        else:
            lost.append(one.name)
    return found, lost
