"""The drawn scenes as a data set like any other."""

import csv
import os
from pathlib import Path

from PIL import Image

from .dataset import INDEX
from .files import slug
from .scenes import scenes

COLUMNS = ("category", "image", "gt", "kind")


def draw(folder: Path) -> Path:
    for part in ("im", "gt"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    index = folder / f"{INDEX}.{os.getpid()}"
    with index.open("w", newline="") as file:
        rows = csv.writer(file, delimiter="\t", lineterminator="\n")
        rows.writerow(COLUMNS)
        for scene in scenes():
            name = f"{slug(scene.name)}.png"
            _save(scene.photo, folder / "im" / name)
            _save(scene.truth, folder / "gt" / name)
            rows.writerow((scene.category, f"im/{name}", f"gt/{name}", "alpha"))
    index.replace(folder / INDEX)
    return folder


def _save(image: Image.Image, path: Path) -> None:
    """All of the file or none, for another run may be reading it."""
    part = path.with_suffix(f".{os.getpid()}")
    image.save(part, "PNG")
    part.replace(path)
