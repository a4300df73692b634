"""Scenes whose alpha and colours are known exactly: 31 small drawn ones, and two generators.

Scenes are the same in each run, need no network, and are written to files once.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.quality.dataset import DataSet, Picture

from . import animal, fields, hard, limit, logo, portrait, product, strands
from .scene import KINDS, Scene

LIMITS = ("several subjects", "similar colours", "motion blur", "tiny subject")
GENERATORS = {
    "A": strands.scenes,  # strokes, drawn at four times the size; our edges were tuned on it
    "B": fields.scenes,  # fields, distances and convolutions; our edges were not tuned on it
}

__all__ = ["GENERATORS", "KINDS", "LIMITS", "Scene", "drawn", "generated"]


def drawn(folder: Path) -> DataSet:
    """Return the drawn scenes: three in each of five categories, four in each of LIMITS."""
    modules = (portrait, animal, product, logo, hard, limit)
    scenes = (scene for module in modules for scene in module.scenes())
    return DataSet("drawn-scenes", _saved(scenes, folder, "drawn-scenes"))


def generated(
    generator: str, megapixels: float, kinds: Sequence[str], folder: Path
) -> list[Picture]:
    """Return scenes of a generator; their category names the generator and the size."""
    return [
        picture
        for kind in kinds
        for picture in _saved(GENERATORS[generator](megapixels, [kind]), folder,
                              f"{generator}-{megapixels:g}-{kind}")
    ]  # fmt: skip


def _saved(scenes: Iterable[Scene], folder: Path, name: str) -> list[Picture]:
    """Write the scenes, unless the same code has done so; the index comes last."""
    place = folder / f"scenes-{_fingerprint()}" / name
    index = place / "index.json"
    if not index.exists():
        place.mkdir(parents=True, exist_ok=True)
        index.write_text(json.dumps([_write(scene, place) for scene in scenes]))
    return [
        Picture(name, category, place / f"{name}.photo.png", place / f"{name}.truth.png", "alpha")
        for name, category in json.loads(index.read_text())
    ]


def _write(scene: Scene, place: Path) -> tuple[str, str]:
    for image, part in ((scene.photo, "photo"), (scene.truth, "truth")):
        image.save(place / f"{scene.name}.{part}.png", compress_level=1)
    return scene.name, scene.category


def _fingerprint() -> str:
    """Hash all that the scenes depend on."""
    sources = sorted(path for path in Path(__file__).parent.iterdir() if path.is_file())
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]
