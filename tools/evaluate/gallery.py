"""Pictures for the report: cutouts on a checkerboard beside their errors, small, as data URIs."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tools.checkerboard import checkerboard, over

from .dataset import read, read_truth
from .score import Row, read_cutout
from .summary import Summary

SIDE = 200  # px, of the longer one
WHICH = ("best", "median", "worst")
KEPT, LOST = np.array((230, 60, 30)), np.array((40, 90, 230))  # background kept, subject lost
DIM = 0.35  # how much of the photo shows under its errors
WEBP = {"quality": 70, "method": 4}


@dataclass(frozen=True)
class Exhibit:
    which: str
    name: str
    iou: float
    is_empty: bool
    image: str
    width: int
    height: int


@dataclass(frozen=True)
class Shelf:
    """What one tool made of one category."""

    tool: str
    exhibits: list[Exhibit]


def gallery(summary: Summary) -> list[tuple[str, list[Shelf]]]:
    return [
        (category, [_shelf(tool, summary.rows(tool, category)) for tool in summary.tools])
        for category in (*summary.categories, *summary.limits)
    ]


def _shelf(tool: str, rows: Sequence[Row]) -> Shelf:
    ranked = sorted(rows, key=lambda row: row.scores.values["iou"], reverse=True)
    if not ranked:
        return Shelf(tool, [])
    chosen = (ranked[0], ranked[len(ranked) // 2], ranked[-1])
    return Shelf(tool, [_exhibit(*pair) for pair in zip(WHICH, chosen, strict=True)])


def _exhibit(which: str, row: Row) -> Exhibit:
    picture = row.outcome.picture
    truth = read_truth(picture).alpha
    pixels = read_cutout(row.outcome, truth.shape)
    cutout = _small(Image.fromarray(pixels))
    photo = np.asarray(_small(read(picture.photo, "photo").convert("RGB")))
    difference = np.asarray(_small(Image.fromarray(pixels[..., 3])), int) - np.asarray(
        _small(Image.fromarray(truth)), int
    )
    pair = Image.new("RGB", (2 * cutout.width, cutout.height))
    pair.paste(over(cutout, checkerboard(cutout.width, cutout.height)))
    pair.paste(errors(photo, difference / 255), (cutout.width, 0))
    iou, is_empty = row.scores.values["iou"], not row.outcome.has_cutout
    return Exhibit(which, picture.name, iou, is_empty, _data_uri(pair), *pair.size)


def errors(photo: NDArray[np.uint8], difference: NDArray[np.float64]) -> Image.Image:
    """difference is (H, W) from -1, where the subject is lost, to 1, where background is kept."""
    strength = np.abs(difference)[..., None]
    colour = np.where(difference[..., None] > 0, KEPT, LOST)
    mixed = photo * DIM * (1 - strength) + colour * strength
    return Image.fromarray(mixed.round().astype(np.uint8))


def _small(image: Image.Image) -> Image.Image:
    scale = SIDE / max(image.size)
    width, height = (max(1, round(length * scale)) for length in image.size)
    return image.resize((width, height), Image.Resampling.BOX)


def _data_uri(image: Image.Image) -> str:
    buffer = BytesIO()
    image.save(buffer, "WEBP", **WEBP)
    return f"data:image/webp;base64,{b64encode(buffer.getvalue()).decode()}"
