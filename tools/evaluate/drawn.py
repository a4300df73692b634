"""The drawn scenes as a data set like any other."""

import csv
from pathlib import Path

from .dataset import INDEX
from .files import slug
from .scenes import scenes

COLUMNS = ("category", "image", "gt", "kind")


def draw(folder: Path) -> Path:
    for part in ("im", "gt"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    with (folder / INDEX).open("w", newline="") as file:
        rows = csv.writer(file, delimiter="\t", lineterminator="\n")
        rows.writerow(COLUMNS)
        for scene in scenes():
            name = f"{slug(scene.name)}.png"
            scene.photo.save(folder / "im" / name)
            scene.truth.save(folder / "gt" / name)
            rows.writerow((scene.category, f"im/{name}", f"gt/{name}", "alpha"))
    return folder
