"""Looks: the inferences of which a cutout is made, the first of the view and a second if asked."""

from math import inf
from typing import TYPE_CHECKING

from cutout.core import geometry, looks, saliency, subjects
from cutout.core.arrays import Map, Photo, Rectangle
from cutout.deadline import NEVER, Deadline

if TYPE_CHECKING:
    from .session import Session

# The time that has to be left before a second look, in multiples of the first look's: two for the
# look itself, one for edges, colours and encoding, and one more per megapixel for these.
AHEAD, AHEAD_PER_MEGAPIXEL = 3, 1


class Looks:
    """Takes the looks at one photo, and counts those made and those skipped for lack of time.

    Time decides only whether a second look is taken, never what it sees or how it is merged.
    """

    def __init__(self, session: "Session", deadline: Deadline = NEVER) -> None:
        self.session = session
        self.made = self.skipped = 0
        self._deadline = deadline
        self._first_s = 0.0

    def predict(self, photo: Photo, view: Rectangle) -> Map:
        """Return the first look's prediction of a view of the photo, (S, S), not stretched."""
        before = self._deadline.left()
        prediction = self._look(photo, view)
        self._first_s = 0 if before == inf else before - self._deadline.left()
        return prediction

    def improve(self, map: Map, photo: Photo, view: Rectangle) -> Map:
        """Return the stretched map of a view, (S, S), merged with that of a second look.

        The second look is at the mirror image of the subject from closer, or of the whole view
        where the subject fills it. The merged map may be larger: see merge_closer. The first map is
        returned if there is no time, if the second look finds nothing, and if the merged map has
        no subject.
        """
        size = geometry.sides(view)
        square = looks.subject_square(map, size)
        other = self._second(photo, _moved(square, view[:2]) if square else view)
        if other is None:
            return map
        if square:
            merged = looks.merge_closer(map, [other], square, size)
        else:
            merged = looks.merge([map, other])
        return merged if merged.max() >= subjects.CORE else map

    def _second(self, photo: Photo, part: Rectangle) -> Map | None:
        """Return the stretched map of the second look, or None without time or a subject."""
        ahead = AHEAD + AHEAD_PER_MEGAPIXEL * photo.width * photo.height / 1e6
        if self._deadline.left() < ahead * self._first_s:
            self.skipped += 1
            return None
        prediction = self._look(photo, part, is_mirrored=True)
        if not saliency.has_subject(prediction):
            return None
        return saliency.remove_haze(saliency.stretch(prediction))

    def _look(self, photo: Photo, part: Rectangle, is_mirrored: bool = False) -> Map:
        self.made += 1
        return self.session.predict(photo, part, is_mirrored)


def _moved(box: Rectangle, by: tuple[int, ...]) -> Rectangle:
    return box[0] + by[0], box[1] + by[1], box[2] + by[0], box[3] + by[1]
