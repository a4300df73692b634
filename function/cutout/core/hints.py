"""What a caller says of the subject: where it is, points on it or beside it, a rough mask of it."""

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import subjects, walk
from .arrays import RGB8, Map, Mask, Rectangle

Place: TypeAlias = tuple[int, int]  # row, column

SURROUNDINGS = 0.15  # of a region's sides: what the network sees around it

WALK_PX = 160  # the side of the square that is walked: a fourth of the pixels of the map
TOUCH = 0.01  # a point's radius, as a share of the side
EDGE = 0.05  # so far from the half of all walkers the change is soft
RIM, RIM_PX = 0.9, 3  # as soft as this, and as near to what is taken away, goes with it

BLACK, WHITE = 0.25, 0.75  # of a mask; what is between is grey, and open
ROUGHNESS = 0.15  # how far a mask's edge may be from the subject's, by half its thickest part
NEARBY = 3  # times as far from there, the map is asked whether it knows what the mask is on
SOFT_PX = 2  # what of a mask's edge stays is blurred


class Mark(NamedTuple):
    """A point in px of the map, from its top left corner."""

    x: float
    y: float
    is_subject: bool

    def place(self, side: int) -> Place:
        return min(int(self.y), side - 1), min(int(self.x), side - 1)


def around(region: Rectangle, size: tuple[int, int]) -> Rectangle:
    """The part of a photo of (width, height) that the network has to see for a region of it."""
    left, top, right, bottom = region
    across, down = round((right - left) * SURROUNDINGS), round((bottom - top) * SURROUNDINGS)
    return (
        max(left - across, 0),
        max(top - down, 0),
        min(right + across, size[0]),
        min(bottom + down, size[1]),
    )


def within(saliency: Map, region: Rectangle, seen: Rectangle) -> Map:
    """The map of what was seen, and 0 where it does not touch the region."""
    columns = _touched(region[0] - seen[0], region[2] - seen[0], seen[2] - seen[0], len(saliency))
    rows = _touched(region[1] - seen[1], region[3] - seen[1], seen[3] - seen[1], len(saliency))
    inside = np.zeros_like(saliency)
    inside[rows, columns] = saliency[rows, columns]
    return inside


def steer(saliency: Map, square: RGB8, marks: Sequence[Mark]) -> Map:
    """The map with what the marks are on brought in, or taken away. Where more than half of the
    walkers find a mark, it decides; elsewhere the map stays as it is."""
    places = [mark.place(len(saliency)) for mark in marks]
    saliency = _without_refused(saliency, marks, places)
    wanted = [
        int(mark.is_subject) - int(saliency[place] >= subjects.CORE)
        for mark, place in zip(marks, places, strict=True)
    ]
    if not any(wanted):
        return saliency
    found = _found(square, marks, wanted)
    share = ((np.abs(found) - 0.5) / (2 * EDGE) + 0.5).clip(0, 1)
    is_rim = (_mean(found < -0.5, RIM_PX) > 1e-6) & (found < 0) & (saliency < RIM)
    steered = saliency * (1 - share) + (found > 0) * share
    return np.where(is_rim, 0, steered).astype(np.float32)


def trace(saliency: Map, mask: Map) -> Map:
    """The mask where it is sure. Where it is grey, and near its edge, the map, if it knows what the
    mask is on. It may not be all black."""
    is_white = mask >= WHITE
    depth = _depth(is_white)
    rough = max(round(ROUGHNESS * depth), 1)
    core = _shrunk(is_white, min(rough, depth))
    trust = _trust(saliency, core, NEARBY * rough)
    edge = trust * saliency + (1 - trust) * _mean(mask, SOFT_PX)
    outside = _shrunk(mask <= BLACK, rough)
    return np.where(core, 1, np.where(outside, 0, edge)).astype(np.float32)


def _touched(start: int, stop: int, whole: int, side: int) -> slice:
    return slice(start * side // whole, -(-stop * side // whole))


def _without_refused(saliency: Map, marks: Sequence[Mark], places: Sequence[Place]) -> Map:
    """A subject that stands apart goes as a whole. If no mark keeps another one, the largest does
    not: of that, a mark may well mean a part."""
    labels = subjects.separate(saliency)
    said = [(int(labels[at]), mark.is_subject) for mark, at in zip(marks, places, strict=True)]
    kept = {label for label, is_subject in said if is_subject and label}
    refused = {label for label, is_subject in said if not is_subject and label}
    gone = list(refused - (kept or {1}))
    return np.where(np.isin(labels, gone), np.float32(0), saliency)


def _found(square: RGB8, marks: Sequence[Mark], wanted: Sequence[int]) -> Map:
    """What walkers find of the marks, each of which is worth what is wanted there."""
    side = min(len(square), WALK_PX)
    small = Image.fromarray(square).resize((side, side), Image.Resampling.BOX)
    y, x = np.mgrid[:side, :side] + 0.5
    nearest = np.full((side, side), max(TOUCH * side, math.sqrt(0.5)))
    is_mark, values = np.zeros((side, side), bool), np.zeros((side, side), np.float32)
    for mark, value in zip(marks, wanted, strict=True):
        scale = side / len(square)
        distance = np.hypot(x - mark.x * scale, y - mark.y * scale)
        here = distance <= nearest
        is_mark[here], values[here], nearest[here] = True, value, distance[here]
    found = Image.fromarray(walk.found(np.asarray(small), is_mark, values))
    return np.asarray(found.resize(square.shape[1::-1], Image.Resampling.BILINEAR))


def _trust(saliency: Map, core: Mask, px: int) -> Map:
    """0..1, by how much the map knows of the mask's core nearby. Where there is none, 1."""
    size, known = _mean(core, px), _mean(saliency * core, px)
    share = np.divide(known, size, out=np.ones_like(size), where=size > 1e-6)
    return ((share - BLACK) / (WHITE - BLACK)).clip(0, 1).astype(np.float32)


def _depth(mask: Mask) -> int:
    """From the middle of the thickest part to its edge, in px; at most a fourth of the side."""
    low, high = 0, len(mask) // 4 + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _shrunk(mask, middle).any() else (low, middle)
    return low


def _shrunk(mask: Mask, px: int) -> Mask:
    """By px, but for the picture's own border."""
    return _mean(mask, px) > 1 - 1e-6


def _mean(values: Map | Mask, px: int) -> NDArray[np.float64]:
    """Over squares of 2 px + 1. The picture goes on beyond its border as it is there."""
    mean = values.astype(np.float64)
    for _ in ("rows", "columns"):
        sums = np.pad(mean, ((px + 1, px), (0, 0)), "edge").cumsum(0)
        mean = (sums[2 * px + 1 :] - sums[: -2 * px - 1]).T / (2 * px + 1)
    return mean
