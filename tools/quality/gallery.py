"""Small pictures of cutouts and their errors, as data URIs for the report."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import uniform_filter

from .dataset import read, read_truth
from .run import Outcome
from .summary import Summary

SIDE = 200  # px, of the longer side of a small picture
STEP = 8  # px, between the places at which the hardest part is looked for
RANKS = ("best", "median", "worst")
KEPT, LOST = np.array((230, 60, 30)), np.array((40, 90, 230))  # background kept, subject lost
DIM = 0.35  # how much of the photo shows under its errors
SQUARE, LIGHT, DARK = 16, 255, 224  # px and levels of the checkerboard


@dataclass(frozen=True)
class Exhibit:
    rank: str
    name: str
    iou: float
    is_empty: bool
    image: str  # data URI
    width: int
    height: int


def gallery(summary: Summary) -> list[tuple[str, dict[str, list[Exhibit]]]]:
    """Choose the best, median and worst cutout by IoU, for each category and tool."""
    return [
        (category, {tool: _exhibits(summary.outcomes(tool, category)) for tool in summary.tools})
        for category in (*summary.categories, *summary.limits)
    ]


def _exhibits(outcomes: Sequence[Outcome]) -> list[Exhibit]:
    ranked = sorted(outcomes, key=lambda one: one.scores.values["iou"], reverse=True)
    if not ranked:
        return []
    chosen = (ranked[0], ranked[len(ranked) // 2], ranked[-1])
    return [_exhibit(rank, one) for rank, one in zip(RANKS, chosen, strict=True)]


def _exhibit(rank: str, outcome: Outcome) -> Exhibit:
    """Show the cutout on a checkerboard, its errors, and its hardest part at full size on green."""
    picture = outcome.picture
    truth = read_truth(picture).alpha
    cutout = Image.fromarray(outcome.read_cutout(*truth.shape))
    small = _small(cutout)
    photo = np.asarray(_small(read(picture.photo, "photo").convert("RGB")))
    alphas = [np.asarray(_small(one), int) for one in (cutout.getchannel("A"),
              Image.fromarray(truth))]  # fmt: skip
    part = cutout.crop(hardest(np.asarray(cutout)[..., 3], truth))
    image = Image.new("RGB", (2 * small.width + part.width, max(small.height, part.height)))
    image.paste(over(small, checkerboard(*small.size)))
    image.paste(errors(photo, (alphas[0] - alphas[1]) / 255), (small.width, 0))
    image.paste(over(part, Image.new("RGBA", part.size, "lime")), (2 * small.width, 0))
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=70, method=4)
    uri = f"data:image/webp;base64,{b64encode(buffer.getvalue()).decode()}"
    iou, is_empty = outcome.scores.values["iou"], not outcome.has_cutout
    return Exhibit(rank, picture.name, iou, is_empty, uri, *image.size)


def errors(photo: NDArray[np.uint8], difference: NDArray[np.float64]) -> Image.Image:
    """Colour a photo (H, W, 3) by differences (H, W): -1 is subject lost, 1 background kept."""
    strength = np.abs(difference)[..., None]
    colour = np.where(difference[..., None] > 0, KEPT, LOST)
    mixed = photo * DIM * (1 - strength) + colour * strength
    return Image.fromarray(mixed.round().astype(np.uint8))


def hardest(alpha: NDArray[np.uint8], truth: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Find (left, top, right, bottom) of the square of SIDE px in which the alphas differ most."""
    reduced = [np.asarray(Image.fromarray(one).reduce(STEP), np.float32) for one in (alpha, truth)]
    error = uniform_filter(np.abs(reduced[0] - reduced[1]), SIDE // STEP, mode="constant")
    cells = np.array(np.unravel_index(error.argmax(), error.shape))
    places = cells * STEP + STEP // 2 - SIDE // 2
    top, left = (
        min(max(int(place), 0), max(length - SIDE, 0))
        for place, length in zip(places, truth.shape, strict=True)
    )
    height, width = truth.shape
    return left, top, min(left + SIDE, width), min(top + SIDE, height)


def checkerboard(width: int, height: int) -> Image.Image:
    y, x = np.mgrid[:height, :width] // SQUARE
    return Image.fromarray(np.where((x + y) % 2, DARK, LIGHT).astype(np.uint8)).convert("RGBA")


def over(cutout: Image.Image, background: Image.Image) -> Image.Image:
    return Image.alpha_composite(background, cutout).convert("RGB")


def _small(image: Image.Image) -> Image.Image:
    scale = SIDE / max(image.size)
    width, height = (max(1, round(length * scale)) for length in image.size)
    return image.resize((width, height), Image.Resampling.BOX)
