"""Looks at a photo: inferences of the whole view, of its subject from closer, of a mirror image."""

from math import inf
from typing import TYPE_CHECKING

from cutout.core import geometry, looks, saliency, subjects
from cutout.core.arrays import Map, Photo, Rectangle
from cutout.deadline import NEVER, Deadline

if TYPE_CHECKING:
    from .session import Session

MOST = 3  # inferences for one photo
# What has to be left of the deadline before a further look, in times of the first: two for the
# look, and for edges, colours and encoding one and, per megapixel, one more.
AHEAD, AHEAD_PER_MEGAPIXEL = 3, 1


class Looks:
    """Takes the looks at one photo, and counts those made and those skipped for lack of time.

    `second` is a further network for a closer look, None where there is none. One inference after
    the other, in a fixed order: the deadline decides how many, and nothing else.
    """

    def __init__(
        self, session: "Session", second: "Session | None" = None, deadline: Deadline = NEVER
    ) -> None:
        self.session = session
        self.made = self.skipped = 0
        self._second = second
        self._deadline = deadline
        self._first_s = 0.0

    def predict(self, photo: Photo, view: Rectangle) -> Map:
        """Return the first look's prediction of a view of the photo, (S, S), not stretched."""
        before = self._deadline.left()
        prediction = self._look(self.session, photo, view)
        self._first_s = 0 if before == inf else before - self._deadline.left()
        return prediction

    def improve(self, map: Map, photo: Photo, view: Rectangle) -> Map:
        """Return the stretched map of a view, (S, S), merged with those of further looks.

        Two closer looks at the subject where it leaves room around it, at its mirror image and by
        the second network; else one at the mirror image of the view. The merged map may be larger,
        up to (3 S, 3 S). A look that finds nothing has no vote, and a merged map without a subject
        is not used.
        """
        size = geometry.sides(view)
        square = looks.subject_square(map, size)
        part = _moved(square, view[:2]) if square else view
        found = [self._further(self.session, photo, part, is_mirrored=True)]
        if square and self._second:
            found.append(self._further(self._second, photo, part))
        others = [one for one in found if one is not None]
        if not others:
            return map
        if square:
            merged = looks.merge_closer(map, others, square, size)
        else:
            merged = looks.merge([map, *others])
        return merged if merged.max() >= subjects.CORE else map

    def _further(
        self, session: "Session", photo: Photo, part: Rectangle, is_mirrored: bool = False
    ) -> Map | None:
        """Return the stretched map of a part of the photo, None without time or a subject."""
        if self.made >= MOST:
            return None
        ahead = AHEAD + AHEAD_PER_MEGAPIXEL * photo.width * photo.height / 1e6
        if self.skipped or self._deadline.left() < ahead * self._first_s:
            self.skipped += 1
            return None
        prediction = self._look(session, photo, part, is_mirrored)
        if not saliency.has_subject(prediction):
            return None
        return saliency.remove_haze(saliency.stretch(prediction))

    def _look(
        self, session: "Session", photo: Photo, part: Rectangle, is_mirrored: bool = False
    ) -> Map:
        self.made += 1
        return session.predict(photo, part, is_mirrored)


def _moved(box: Rectangle, by: tuple[int, ...]) -> Rectangle:
    return box[0] + by[0], box[1] + by[1], box[2] + by[0], box[3] + by[1]
