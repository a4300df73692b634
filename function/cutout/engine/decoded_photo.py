"""A decoded photo as the network sees it, and what its own transparency says about its subject.

A network knows no transparency, and a file may have any colours where it is transparent. The
network therefore sees the photo on white, as a web page shows it. A photo that is cut out already,
such as a logo or an earlier result, needs no network: its visible part is its subject.
"""

from collections.abc import Callable
from functools import cached_property

from cutout.codec import pixels
from cutout.core import geometry, transparency
from cutout.core.arrays import Alpha, Map, Photo, Rectangle
from cutout.errors import UnknownForeground
from cutout.picture import Size


class Transparency:
    """An RGB photo's alpha at the photo's own size, so that what it says of the subject does not
    depend on the size that the request asks for.

    Raises UnknownForeground if nothing of the photo is visible.
    """

    def __init__(self, photo: Photo, alpha: Alpha) -> None:
        self._photo, self._alpha = photo, alpha
        box = geometry.subject_box(alpha)
        if not box:
            raise UnknownForeground("the picture is transparent everywhere")
        self.box: Rectangle = box  # of the visible pixels

    def is_cutout(self) -> bool:
        """Return whether the photo is cut out already: half of its rim is transparent, and its
        visible part is no rectangle, as it is where a photo lies on a larger canvas."""
        alpha = self._alpha
        return transparency.has_clear_rim(alpha) and not transparency.fills(alpha, self.box)

    def has_shape(self) -> bool:
        """Return whether a part of the photo is transparent, so that the rest has a shape."""
        return not transparency.fills(self._alpha, (0, 0, *self._alpha.size))

    def to_map(self, view: Rectangle, side: int) -> Map:
        """Return the alpha in a view as a saliency map, (side, side)."""
        return transparency.to_map(self._alpha.crop(view), side)

    @cached_property
    def on_white(self) -> Photo:
        """The photo as a page shows it."""
        return transparency.on_white(self._photo, self._alpha)


class DecodedPhoto:
    """A decoded photo, RGB or RGBA, to be processed with at most max_pixels.

    `source` is its (width, height) as uploaded, upright, which options refer to. `decode_whole`
    returns the photo at that size. Raises UnknownForeground for a photo without a visible pixel if
    `needs_subject`, which is False where the request brings its own alpha.
    """

    def __init__(
        self,
        photo: Photo,
        source: tuple[int, int],
        decode_whole: Callable[[], Photo],
        max_pixels: int,
        needs_subject: bool,
    ) -> None:
        small = Size(*photo.size).at_most(max_pixels)
        size = small.width, small.height
        self.source = source
        self.photo, self.alpha = _split(photo)
        self.transparency: Transparency | None = None
        if self.alpha and needs_subject:
            self.transparency = Transparency(self.photo, self.alpha)
        if size != photo.size:
            self.photo, self.alpha = _split(pixels.shrink(photo, size))
        self._decode_whole = decode_whole

    @cached_property
    def seen(self) -> Photo:
        """The photo as the network sees it, at the size at which it is processed."""
        if not self.alpha:
            return self.photo
        if self.transparency and self.photo.size == self.source:
            return self.transparency.on_white
        return transparency.on_white(self.photo, self.alpha)

    @property
    def is_reduced(self) -> bool:
        return self.photo.size != self.source

    def whole(self) -> Photo:
        """Return the photo as the network sees it, at the size that was uploaded."""
        if self.transparency:
            return self.transparency.on_white
        return self._decode_whole().convert("RGB") if self.is_reduced else self.photo


def _split(photo: Photo) -> tuple[Photo, Alpha | None]:
    """Return the photo as RGB and its alpha, None if that is opaque."""
    if photo.mode == "RGB":
        return photo, None
    alpha = photo.getchannel("A")
    return photo.convert("RGB"), None if transparency.is_opaque(alpha) else alpha
