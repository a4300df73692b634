"""Put cutouts of named pictures beside each other, in one PNG.

A row is a picture: the photo, then what each tool makes of it on white, black and green. Names are
parts of the names of drawn scenes, or, with --data, of the pictures of a folder. Cutouts of earlier
runs are used again.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from tools.contenders import originals
from tools.contenders.catalogue import BUILD, CUTOUT, Tool, find, ours

from . import dataset, scenes
from .__main__ import CACHE
from .dataset import DataError, Picture, read, read_truth
from .gallery import over
from .run import run

FAILED = 1  # exit code
CELL = 240  # px, of the longer side of a cutout
GROUNDS = ("white", "black", "lime")
TOOLS = (
    find("cutout u2net, edges off"),
    find("cutout u2net"),
    Tool("cutout u2net, edges fine", "ours", CUTOUT, ours("u2net", edges="fine")),
    find("rembg u2net -a"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.quality.contact_sheet",
                                     description=__doc__)  # fmt: skip
    add = parser.add_argument
    add("out", type=Path, metavar="OUT", help="a PNG; columns: photo, edges off, fast, fine, rembg")
    add("names", nargs="+", metavar="NAME", help="a part of a picture's name")
    add("--data", type=Path, help="a folder of pictures besides the drawn scenes")
    arguments = parser.parse_args()
    try:
        pictures = _named(arguments.names, arguments.data)
        sheet(pictures).save(arguments.out)
    except (DataError, OSError) as error:
        print(f"contact_sheet: {error}", file=sys.stderr)
        return FAILED
    return 0


def _named(names: Sequence[str], folder: Path | None) -> list[Picture]:
    """Return the pictures in the order of their names; raise DataError for a name without one."""
    pictures = scenes.drawn(BUILD).pictures
    pictures = [*(dataset.load(folder).pictures if folder else []), *pictures]
    named = [[one for one in pictures if name in one.name] for name in names]
    if missing := [name for name, found in zip(names, named, strict=True) if not found]:
        raise DataError(f"no picture is named {', '.join(missing)}")
    return [one for found in named for one in found]


def sheet(pictures: Sequence[Picture], tools: Sequence[Tool] = TOOLS) -> Image.Image:
    """Return a row for each picture; tools that cannot be run leave their cells empty."""
    outcomes = run(tools, pictures, CACHE, originals.prepare())
    cutouts = {(one.tool, one.picture.name): one for one in outcomes.all}
    columns = 1 + len(tools) * len(GROUNDS)
    image = Image.new("RGB", (columns * CELL, len(pictures) * CELL), "gray")
    for row, picture in enumerate(pictures):
        image.paste(_cell(read(picture.photo, "photo").convert("RGB")), (0, row * CELL))
        for index, tool in enumerate(tools):
            if (outcome := cutouts.get((tool.name, picture.name))) is None:
                continue
            cutout = Image.fromarray(outcome.read_cutout(*read_truth(picture).alpha.shape))
            for place, ground in enumerate(GROUNDS, 1 + index * len(GROUNDS)):
                shown = over(cutout, Image.new("RGBA", cutout.size, ground))
                image.paste(_cell(shown), (place * CELL, row * CELL))
    return image


def _cell(image: Image.Image) -> Image.Image:
    image.thumbnail((CELL - 2, CELL - 2), Image.Resampling.BOX)
    return image


if __name__ == "__main__":
    sys.exit(main())
