"""Selects the subject: the saliency map of the photo, corrected by the user's hints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cutout.core import confidence, geometry, hints, saliency, subjects
from cutout.core.arrays import Map, Rectangle
from cutout.errors import (
    InvalidParameter,
    InvalidPoints,
    InvalidSubject,
    RegionEmpty,
    RegionOutside,
    UnknownForeground,
)
from cutout.options.record import Options
from cutout.options.values import Point, Region
from cutout.picture import Box

from .decoded_photo import DecodedPhoto, Transparency
from .looks import Looks


@dataclass(frozen=True)
class Selection:
    """Rectangles are in px of the photo as processed."""

    saliency: Map
    view: Rectangle  # the part of the photo that the map shows
    region: Rectangle  # the part that the subject may be in
    subjects: tuple[Box, ...]
    confidence: float
    is_from_alpha: bool  # made from the photo's own alpha, not by a network


def select(
    decoded: DecodedPhoto, mask: Image.Image | None, looks: Looks, options: Options
) -> Selection:
    """Predict the saliency map and apply region, mask, points and the choice of a subject.

    Raises UnknownForeground, or an error of the option that does not fit the photo.
    """
    source, size = decoded.source, decoded.photo.size
    region, view = _views(decoded, size, options)
    found = _find(decoded, view, looks, options)
    map = found.map
    if mask:
        map = _trace(map, mask, view, size)
    if options.points:
        marks = _marks(options.points, source, size, region, view, len(map))
        map = hints.steer(map, geometry.squash(decoded.seen, len(map), view), marks)
    if options.roi:
        map = hints.clip_to_region(map, region, view)
    return _choose_subject(map, found, view, region, options)


@dataclass(frozen=True)
class Found:
    """What stands out in a view, before the user's hints."""

    map: Map  # stretched, and 0 where nothing stands out
    confidence: float  # of the network's map, whatever hints change afterwards
    is_from_alpha: bool = False


def _find(decoded: DecodedPhoto, view: Rectangle, looks: Looks, options: Options) -> Found:
    """Find what stands out in a view, by the photo's own alpha or by the network."""
    own, side = decoded.transparency, looks.session.card.size
    if own and own.is_cutout():
        return _from_alpha(own, decoded, side, options)
    prediction = _predict(decoded, view, looks, options)
    probability = confidence.estimate(prediction)
    if saliency.has_subject(prediction):
        map = saliency.remove_haze(saliency.stretch(prediction))
        whole = _views(decoded, decoded.source, options)[1]
        if not own or saliency.is_visible(map * own.to_map(whole, side)):
            if options.quality == "best":
                map = looks.improve(map, decoded.seen, view)
            return Found(map, probability)
    if own and own.has_shape():
        return _from_alpha(own, decoded, side, options)
    return Found(np.zeros_like(prediction), probability)  # the stretch makes a subject of noise


def _from_alpha(own: Transparency, decoded: DecodedPhoto, side: int, options: Options) -> Found:
    map = own.to_map(_views(decoded, decoded.source, options)[1], side)
    return Found(saliency.stretch(map), 1.0, is_from_alpha=True)


def _predict(decoded: DecodedPhoto, view: Rectangle, looks: Looks, options: Options) -> Map:
    """Return the network's map of a view.

    Whether it has a subject must not depend on the size that the request asks for: where the map
    of a reduced photo leaves that open, the network sees the photo at its own size.
    """
    if not (decoded.is_reduced and decoded.transparency):
        prediction = looks.predict(decoded.seen, view)
        if not decoded.is_reduced or saliency.is_certain(prediction):
            return prediction
    return looks.predict(decoded.whole(), _views(decoded, decoded.source, options)[1])


def _views(
    decoded: DecodedPhoto, size: tuple[int, int], options: Options
) -> tuple[Rectangle, Rectangle]:
    """Return where the subject may be, and what the network sees around that, in px of the photo
    at this size."""
    if options.roi:
        region = region_px(options.roi, decoded.source, size)
        return region, hints.expand_region(region, size)
    whole = (0, 0, *size)
    if options.points or not decoded.transparency:
        return whole, whole
    visible = geometry.scaled(decoded.transparency.box, decoded.source, size)
    return visible, visible


def region_px(region: Region, source: tuple[int, int], size: tuple[int, int]) -> Rectangle:
    """Return the region in px of a photo of this size, which was uploaded as `source`.

    Raises RegionOutside or RegionEmpty.
    """
    left, top, right, bottom = region.px(*source)
    if not (left >= 0 and top >= 0 and right <= source[0] and bottom <= source[1]):
        raise RegionOutside(f"the picture is {source[0]} x {source[1]}")
    across, down = size[0] / source[0], size[1] / source[1]
    box = (round(left * across), round(top * down), round(right * across), round(bottom * down))
    if box[0] >= box[2] or box[1] >= box[3]:
        raise RegionEmpty(f"no pixel of the picture, which is {source[0]} x {source[1]}, is in it")
    return box


def _trace(map: Map, mask: Image.Image, view: Rectangle, size: tuple[int, int]) -> Map:
    across, down = mask.width / size[0], mask.height / size[1]
    box = (view[0] * across, view[1] * down, view[2] * across, view[3] * down)
    small = mask.resize((len(map), len(map)), Image.Resampling.BOX, box)
    drawn = np.asarray(small, np.float32) / np.float32(255)
    if drawn.max() <= hints.BLACK:
        raise InvalidParameter("mask: nothing is white in it where the subject is looked for")
    return hints.trace(map, drawn)


def _marks(
    points: Sequence[Point],
    source: tuple[int, int],
    size: tuple[int, int],
    region: Rectangle,
    view: Rectangle,
    side: int,
) -> list[hints.Mark]:
    """Return the points as marks in px of the map, without those that exclude what is out of view.

    Raises InvalidPoints.
    """
    marks: dict[hints.Place, hints.Mark] = {}
    for point in points:
        place = point.x.px(source[0]), point.y.px(source[1])
        if not _is_in(place, (0, 0, *source)):
            raise InvalidPoints(f"{place[0]:g},{place[1]:g} is not in the picture")
        x, y = place[0] * size[0] / source[0], place[1] * size[1] / source[1]
        if point.is_subject and not _is_in((x, y), region):
            raise InvalidPoints(f"{place[0]:g},{place[1]:g} is on the subject, and not in the roi")
        if not _is_in((x, y), view):
            continue
        across, down = side / (view[2] - view[0]), side / (view[3] - view[1])
        mark = hints.Mark((x - view[0]) * across, (y - view[1]) * down, point.is_subject)
        if marks.setdefault(mark.place(side), mark).is_subject != mark.is_subject:
            raise InvalidPoints("two points at one place say the opposite of each other")
    return list(marks.values())


def _is_in(point: tuple[float, float], box: Rectangle) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _choose_subject(
    map: Map, found: Found, view: Rectangle, region: Rectangle, options: Options
) -> Selection:
    labels = subjects.separate(map)
    count = int(labels.max())
    if not count:
        raise UnknownForeground("nothing in the picture stands out from its background")
    map = subjects.without_strays(map, labels)
    boxes = tuple(_box_on_photo(box, len(map), view, region) for box in subjects.boxes(map, labels))
    if options.subject != "all":
        which = 0 if options.subject == "largest" else options.subject
        if not 0 <= which < count:
            raise InvalidSubject(f"there is no subject {which}; {count} were found, from 0 on")
        map = subjects.only(map, labels, which + 1)
    return Selection(map, view, region, boxes, found.confidence, found.is_from_alpha)


def _box_on_photo(box: Rectangle, side: int, view: Rectangle, region: Rectangle) -> Box:
    """Return a box on the map in px of the photo, clipped to the region."""
    left, top, right, bottom = view
    own = geometry.scaled(box, (side, side), (right - left, bottom - top))
    clipped = (
        max(own[0] + left, region[0]),
        max(own[1] + top, region[1]),
        min(own[2] + left, region[2]),
        min(own[3] + top, region[3]),
    )
    return Box(clipped[0], clipped[1], clipped[2] - clipped[0], clipped[3] - clipped[1])
