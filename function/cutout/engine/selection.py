"""What is kept: the network's map of the photo, as far as the caller's hints leave it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cutout.contract import Box, Options, Point, Region
from cutout.core import geometry, hints, saliency, subjects
from cutout.core.arrays import RGB8, Map, Photo, Rectangle
from cutout.errors import (
    InvalidParameter,
    InvalidPoints,
    InvalidSubject,
    RegionEmpty,
    RegionOutside,
    UnknownForeground,
)

from .session import Session


@dataclass(frozen=True)
class Selection:
    saliency: Map
    view: Rectangle  # what the map is of
    region: Rectangle  # what is outside is not kept
    subjects: tuple[Box, ...]
    confidence: float


def select(
    photo: Photo,
    source: tuple[int, int],
    mask: Image.Image | None,
    session: Session,
    options: Options,
) -> Selection:
    """source is the size that px of the options are about, and the photo may be smaller."""
    whole = (0, 0, *photo.size)
    region = region_px(options.roi, source, photo.size) if options.roi else whole
    view = hints.around(region, photo.size) if options.roi else whole
    seen = photo if view == whole else photo.crop(view)
    prediction = session.predict(seen)
    found = saliency.settle(saliency.stretch(prediction))
    if not saliency.has_subject(prediction):
        found = np.zeros_like(found)  # the stretch makes a subject out of any noise
    if mask:
        found = _traced(found, mask.resize(photo.size).crop(view))
    if options.points:
        marks = _marks(options.points, source, photo.size, view, len(found))
        found = _steered(found, geometry.squash(seen, len(found)), marks)
    if options.roi:
        found = hints.within(found, region, view)
    return _chosen(found, prediction, view, region, options)


def region_px(region: Region, source: tuple[int, int], size: tuple[int, int]) -> Rectangle:
    """In px of a photo of this size, which came as source."""
    sides = (region.left, region.top, region.right, region.bottom)
    left, top, right, bottom = (
        length.px(whole) for length, whole in zip(sides, source * 2, strict=True)
    )
    if min(left, top) < 0 or right > source[0] or bottom > source[1]:
        raise RegionOutside(f"the picture is {source[0]} x {source[1]}")
    across, down = size[0] / source[0], size[1] / source[1]
    box = (round(left * across), round(top * down), round(right * across), round(bottom * down))
    if box[0] >= box[2] or box[1] >= box[3]:
        raise RegionEmpty(f"no pixel of the picture, which is {source[0]} x {source[1]}, is in it")
    return box


def _traced(found: Map, mask: Image.Image) -> Map:
    side = len(found)
    small = mask.resize((side, side), Image.Resampling.BOX)
    drawn = np.asarray(small, np.float32) / np.float32(255)
    try:
        return hints.trace(found, drawn)
    except ValueError as error:
        raise InvalidParameter(f"mask: {error}") from error


def _marks(
    points: Sequence[Point],
    source: tuple[int, int],
    size: tuple[int, int],
    view: Rectangle,
    side: int,
) -> list[hints.Mark]:
    left, top, right, bottom = view
    across, down = side / (right - left), side / (bottom - top)
    return [
        hints.Mark(
            (point.x.px(source[0]) * size[0] / source[0] - left) * across,
            (point.y.px(source[1]) * size[1] / source[1] - top) * down,
            point.is_subject,
        )
        for point in points
    ]


def _steered(found: Map, square: RGB8, marks: Sequence[hints.Mark]) -> Map:
    try:
        return hints.steer(found, square, marks)
    except ValueError as error:
        raise InvalidPoints(str(error)) from error


def _chosen(
    found: Map, prediction: Map, view: Rectangle, region: Rectangle, options: Options
) -> Selection:
    labels = subjects.separate(found)
    count = int(labels.max())
    if not count:
        raise UnknownForeground("nothing in the picture stands out from its background")
    found = subjects.without_strays(found, labels)
    boxes = tuple(_on_photo(box, len(found), view, region) for box in subjects.boxes(found, labels))
    if options.subject != "all":
        which = 0 if options.subject == "largest" else options.subject
        if not 0 <= which < count:
            raise InvalidSubject(f"there is no subject {which}; {count} were found, from 0 on")
        found = subjects.only(found, labels, which + 1)
    return Selection(found, view, region, boxes, saliency.confidence(prediction))


def _on_photo(box: Rectangle, side: int, view: Rectangle, region: Rectangle) -> Box:
    left, top, right, bottom = view
    own = subjects.scaled(box, side, (right - left, bottom - top))
    clipped = (
        max(own[0] + left, region[0]),
        max(own[1] + top, region[1]),
        min(own[2] + left, region[2]),
        min(own[3] + top, region[3]),
    )
    return Box(clipped[0], clipped[1], clipped[2] - clipped[0], clipped[3] - clipped[1])
