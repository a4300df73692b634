"""Hints about the subject: a region that it is in, points on it or beside it, and a rough mask."""

import math
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from PIL import Image

from . import random_walker, subjects
from .arrays import RGB8, Map, Mask, Rectangle
from .morphology import dilate, erode
from .window import box_mean

Place: TypeAlias = tuple[int, int]  # row, column

SURROUNDINGS = 0.15  # of a region's sides: what the network sees around it

WALK_PX = 160  # side of the square for the random walker: a fourth of the pixels of the map
MARK_RADIUS = 0.01  # of the side
SOFTNESS = 0.05  # in expected seed value, to either side of 0.5
RIM, RIM_PX = 0.9, 3  # saliency below RIM this close to a removed part is removed with it

BLACK, WHITE = 0.25, 0.75  # of a mask: background is up to BLACK, foreground from WHITE
ROUGHNESS = 0.15  # how far a mask's edge may be from the subject's, by half its thickest part
NEARBY = 3  # times ROUGHNESS: window in which saliency is compared with the mask
SOFT_PX = 2  # blur of a mask's edge


class Mark(NamedTuple):
    """A point in px of the saliency map, from its top left corner."""

    x: float
    y: float
    is_subject: bool

    def place(self, side: int) -> Place:
        """Return the pixel of a map of this side that the point is in."""
        return min(int(self.y), side - 1), min(int(self.x), side - 1)


def expand_region(region: Rectangle, size: tuple[int, int]) -> Rectangle:
    """Return the part of a photo of (width, height) px that the network sees for a region of it."""
    left, top, right, bottom = region
    across, down = round((right - left) * SURROUNDINGS), round((bottom - top) * SURROUNDINGS)
    return (
        max(left - across, 0),
        max(top - down, 0),
        min(right + across, size[0]),
        min(bottom + down, size[1]),
    )


def clip_to_region(saliency: Map, region: Rectangle, view: Rectangle) -> Map:
    """Return the saliency map of a view with 0 in pixels that do not touch the region.

    Region and view are in px of the photo.
    """
    columns = _pixels(region[0] - view[0], region[2] - view[0], view[2] - view[0], len(saliency))
    rows = _pixels(region[1] - view[1], region[3] - view[1], view[3] - view[1], len(saliency))
    inside = np.zeros_like(saliency)
    inside[rows, columns] = saliency[rows, columns]
    return inside


def steer(saliency: Map, square: RGB8, marks: Sequence[Mark]) -> Map:
    """Return the saliency map with what the marks are on added or removed.

    `square` is the network's input, (S, S, 3), and the map is (S, S). A random walker whose seeds
    are the marks decides where more than half of the walkers reach a seed; elsewhere the map stays.
    """
    places = [mark.place(len(saliency)) for mark in marks]
    saliency = _remove_refused(saliency, marks, places)
    changes = [
        int(mark.is_subject) - int(saliency[place] >= subjects.CORE)
        for mark, place in zip(marks, places, strict=True)
    ]
    if not any(changes):
        return saliency
    change = _spread(square, marks, changes)
    weight = ((np.abs(change) - 0.5) / (2 * SOFTNESS) + 0.5).clip(0, 1)
    is_rim = dilate(change < -0.5, RIM_PX) & (change < 0) & (saliency < RIM)
    steered = saliency * (1 - weight) + (change > 0) * weight
    return np.where(is_rim, 0, steered).astype(np.float32)


def trace(saliency: Map, mask: Map) -> Map:
    """Return a rough mask with its edge taken from the saliency map, (S, S) all.

    Where the mask is grey, and near its edge, saliency decides, if it agrees with the mask's core.
    The mask must have a value above BLACK somewhere.
    """
    is_white = mask >= WHITE
    depth = _depth(is_white)
    rough = max(round(ROUGHNESS * depth), 1)
    core = erode(is_white, min(rough, depth))
    trust = _trust(saliency, core, NEARBY * rough)
    edge = trust * saliency + (1 - trust) * box_mean(mask, SOFT_PX)
    outside = erode(mask <= BLACK, rough)
    return np.where(core, 1, np.where(outside, 0, edge)).astype(np.float32)


def _pixels(start: int, stop: int, length: int, side: int) -> slice:
    """Return the pixels, of `side` along a view of this length, that an interval touches."""
    return slice(start * side // length, -(-stop * side // length))


def _remove_refused(saliency: Map, marks: Sequence[Mark], places: Sequence[Place]) -> Map:
    """Remove whole subjects that stand apart and have a negative mark. Unless another subject has
    a positive mark, the largest stays: a mark on it may mean a part of it."""
    labels = subjects.separate(saliency)
    marked = [(int(labels[at]), mark.is_subject) for mark, at in zip(marks, places, strict=True)]
    kept = {label for label, is_subject in marked if is_subject and label}
    refused = {label for label, is_subject in marked if not is_subject and label}
    removed = list(refused - (kept or {1}))
    return np.where(np.isin(labels, removed), np.float32(0), saliency)


def _spread(square: RGB8, marks: Sequence[Mark], changes: Sequence[int]) -> Map:
    """Return the change of saliency, -1..1, that the marks' own changes mean for each pixel."""
    side = min(len(square), WALK_PX)
    small = Image.fromarray(square).resize((side, side), Image.Resampling.BOX)
    y, x = np.mgrid[:side, :side] + 0.5
    nearest = np.full((side, side), max(MARK_RADIUS * side, math.sqrt(0.5)))
    is_seed, seeds = np.zeros((side, side), bool), np.zeros((side, side), np.float32)
    for mark, change in zip(marks, changes, strict=True):
        scale = side / len(square)
        distance = np.hypot(x - mark.x * scale, y - mark.y * scale)
        is_near = distance <= nearest
        is_seed[is_near], seeds[is_near], nearest[is_near] = True, change, distance[is_near]
    spread = Image.fromarray(random_walker.solve(np.asarray(small), is_seed, seeds))
    return np.asarray(spread.resize(square.shape[1::-1], Image.Resampling.BILINEAR))


def _trust(saliency: Map, core: Mask, radius: int) -> Map:
    """Return 0..1: how salient the mask's core is in a window around each pixel; 1 without one."""
    size, salient = box_mean(core, radius), box_mean(saliency * core, radius)
    share = np.divide(salient, size, out=np.ones_like(size), where=size > 1e-6)
    return ((share - BLACK) / (WHITE - BLACK)).clip(0, 1).astype(np.float32)


def _depth(mask: Mask) -> int:
    """Return half the thickness of the mask's thickest part in px, at most a fourth of the side."""
    low, high = 0, len(mask) // 4 + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if erode(mask, middle).any() else (low, middle)
    return low
