"""A contact sheet: of each scene the part that is hardest, as every tool cut it out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import uniform_filter

from tools.checkerboard import over

from .folder import Drawn
from .run import Made

SIDE = 240  # px, of a part at its own size
STEP = 8  # px, in which the hardest part is looked for
GROUNDS = ("green", "white", "black")
TITLE = 16  # px
FIRST = 320  # px, of the column with the whole scene


def sheet(made: Sequence[Made]) -> Image.Image:
    scenes = list(dict.fromkeys(one.scene for one in made))
    columns = max(sum(one.scene == scene for one in made) for scene in scenes)
    row = TITLE + len(GROUNDS) * SIDE
    image = Image.new("RGB", (FIRST + (columns + 2) * SIDE, len(scenes) * row), "grey")
    for index, scene in enumerate(scenes):
        image.paste(_row(scene, [one for one in made if one.scene == scene]), (0, index * row))
    return image


def _row(scene: Drawn, made: Sequence[Made]) -> Image.Image:
    """Photo, map and true alpha, whole and in part; the part as it should be, and as it is."""
    photo, truth = _open(scene.photo), _open(scene.truth)
    part = hardest(_open(made[0].file), truth)
    row = Image.new("RGB", (FIRST + (len(made) + 2) * SIDE, TITLE + len(GROUNDS) * SIDE), "grey")
    draw = ImageDraw.Draw(row)
    draw.text((4, 2), scene.name)
    map_ = Image.fromarray((np.load(scene.map) * 255).astype(np.uint8))
    for index, whole in enumerate((photo, map_.resize(photo.size), truth.getchannel("A"))):
        row.paste(whole.convert("RGB").resize((FIRST, SIDE)), (0, TITLE + index * SIDE))
        row.paste(whole.convert("RGB").crop(part), (FIRST, TITLE + index * SIDE))
    for index, (name, cutout) in enumerate(
        [("truth", truth), *((one.tool, _open(one.file)) for one in made)], 1
    ):
        draw.text((FIRST + index * SIDE + 4, 2), name)
        for place, ground in enumerate(GROUNDS):
            seen = over(cutout.crop(part), Image.new("RGBA", (SIDE, SIDE), ground))
            row.paste(seen, (FIRST + index * SIDE, TITLE + place * SIDE))
    return row


def hardest(cutout: Image.Image, truth: Image.Image) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the square in which the alphas differ most."""
    alphas = [np.asarray(one.getchannel("A").reduce(STEP), np.float32) for one in (cutout, truth)]
    error = uniform_filter(np.abs(alphas[0] - alphas[1]), SIDE // STEP, mode="constant")
    y, x = np.unravel_index(error.argmax(), error.shape)
    left = min(max(int(x) * STEP - SIDE // 2, 0), max(truth.width - SIDE, 0))
    top = min(max(int(y) * STEP - SIDE // 2, 0), max(truth.height - SIDE, 0))
    return left, top, left + SIDE, top + SIDE


def _open(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image
