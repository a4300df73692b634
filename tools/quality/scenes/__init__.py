"""Scenes whose alpha and colours are known exactly: 31 small drawn ones, and two generators.

Scenes are the same in each run, need no network, and are written to files once.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tools.quality.dataset import DataSet, Picture

from . import animal, fields, hard, limit, logo, portrait, product, strands
from .prediction import simulated_map
from .scene import Scene

LIMITS = ("several subjects", "similar colours", "motion blur", "tiny subject")
GENERATORS = {
    "A": strands.scenes,  # strokes, drawn at four times the size; our windows were tuned on it
    "B": fields.scenes,  # fields, distances and convolutions
}


def drawn(folder: Path) -> DataSet:
    """Return the drawn scenes: three in each of five categories, four in each of LIMITS."""
    modules = (portrait, animal, product, logo, hard, limit)
    scenes = (scene for module in modules for scene in module.scenes())
    return DataSet("drawn-scenes", _saved(scenes, folder, "drawn-scenes"))


def generated(generator: str, megapixels: float, folder: Path) -> list[Picture]:
    """Return a scene of each kind with its saliency map; the category is generator and size."""
    name = f"{generator}-{megapixels:g}"
    pictures = _saved(GENERATORS[generator](megapixels), folder, name)
    return [replace(one, saliency_map=one.truth.with_suffix(".npy")) for one in pictures]


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
    np.save(place / f"{scene.name}.truth.npy", simulated_map(scene.truth))
    return scene.name, scene.category


def _fingerprint() -> str:
    """Hash all that the scenes depend on."""
    sources = sorted(path for path in Path(__file__).parent.iterdir() if path.is_file())
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]
