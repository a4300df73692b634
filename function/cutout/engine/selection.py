"""What is kept: the network's map of the photo, as far as the caller's hints leave it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cutout.core import geometry, hints, saliency, subjects
from cutout.core.arrays import Map, Photo, Rectangle
from cutout.errors import (
    InvalidParameter,
    InvalidPoints,
    InvalidSubject,
    RegionEmpty,
    RegionOutside,
    UnknownForeground,
)
from cutout.options.record import Options, Point, Region
from cutout.picture import Box

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
        found = _traced(found, mask, view, photo.size)
    if options.points:
        marks = _marks(options.points, source, photo.size, region, view, len(found))
        found = hints.steer(found, geometry.squash(seen, len(found)), marks)
    if options.roi:
        found = hints.within(found, region, view)
    return _chosen(found, prediction, view, region, options)


def region_px(region: Region, source: tuple[int, int], size: tuple[int, int]) -> Rectangle:
    """In px of a photo of this size, which came as source."""
    left, top, right, bottom = region.px(*source)
    if not (left >= 0 and top >= 0 and right <= source[0] and bottom <= source[1]):
        raise RegionOutside(f"the picture is {source[0]} x {source[1]}")
    across, down = size[0] / source[0], size[1] / source[1]
    box = (round(left * across), round(top * down), round(right * across), round(bottom * down))
    if box[0] >= box[2] or box[1] >= box[3]:
        raise RegionEmpty(f"no pixel of the picture, which is {source[0]} x {source[1]}, is in it")
    return box


def _traced(found: Map, mask: Image.Image, view: Rectangle, size: tuple[int, int]) -> Map:
    across, down = mask.width / size[0], mask.height / size[1]
    box = (view[0] * across, view[1] * down, view[2] * across, view[3] * down)
    small = mask.resize((len(found), len(found)), Image.Resampling.BOX, box)
    drawn = np.asarray(small, np.float32) / np.float32(255)
    if drawn.max() <= hints.BLACK:
        raise InvalidParameter("mask: nothing is white in it where the subject is looked for")
    return hints.trace(found, drawn)


def _marks(
    points: Sequence[Point],
    source: tuple[int, int],
    size: tuple[int, int],
    region: Rectangle,
    view: Rectangle,
    side: int,
) -> list[hints.Mark]:
    """In px of the map. One that only keeps out what is out of sight already says nothing."""
    marks: dict[hints.Place, hints.Mark] = {}
    for point in points:
        there = point.x.px(source[0]), point.y.px(source[1])
        if not _is_in(there, (0, 0, *source)):
            raise InvalidPoints(f"{there[0]:g},{there[1]:g} is not in the picture")
        x, y = there[0] * size[0] / source[0], there[1] * size[1] / source[1]
        if point.is_subject and not _is_in((x, y), region):
            raise InvalidPoints(f"{there[0]:g},{there[1]:g} is on the subject, and not in the roi")
        if not _is_in((x, y), view):
            continue
        across, down = side / (view[2] - view[0]), side / (view[3] - view[1])
        mark = hints.Mark((x - view[0]) * across, (y - view[1]) * down, point.is_subject)
        if marks.setdefault(mark.place(side), mark).is_subject != mark.is_subject:
            raise InvalidPoints("two points at one place say the opposite of each other")
    return list(marks.values())


def _is_in(point: tuple[float, float], box: Rectangle) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


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
