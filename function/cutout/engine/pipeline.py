"""The whole pipeline from the bytes of a photo to the bytes of its cutout."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

from cutout import codec
from cutout.core import foreground, geometry, transparency, watermark
from cutout.core.arrays import Alpha, Rectangle
from cutout.deadline import NEVER, Deadline
from cutout.errors import InvalidCanvas, UnknownModel
from cutout.options.grammar import quoted
from cutout.options.record import Options
from cutout.picture import MEDIA_TYPES, Box, Result, Size

from . import attachments, edges
from .composition import compose, find_frame, find_place
from .decoded_photo import DecodedPhoto
from .looks import Looks
from .models import Models
from .selection import Selection, select

if TYPE_CHECKING:
    from .session import Session

NOWHERE = (0, 0, 0, 0)


class Engine:
    """Removes backgrounds, from any number of threads at once.

    Photos and other pictures may have at most max_bytes and max_pixels; `threads` compress a PNG.
    """

    def __init__(self, models: Models, max_bytes: int, max_pixels: int, threads: int) -> None:
        self._models = models
        self.max_bytes = max_bytes
        self._limits = max_bytes, max_pixels
        self._threads = threads

    def is_ready(self) -> bool:
        """Return whether the default network is loaded."""
        return self._models.is_loaded()

    def check(self, options: Options) -> None:
        """Raise what this engine cannot do, before any work: InvalidCanvas, UnknownModel."""
        canvas, most = options.canvas, self._limits[1]
        if canvas and canvas.width * canvas.height > most:
            raise InvalidCanvas(f"{canvas} is more than the {most:,} pixels allowed")
        try:
            self._models.check(options.effective_model)
        except UnknownModel as error:
            if options.model or not options.effective_model:  # the default is no quality's own
                raise
            raise UnknownModel(f"quality {options.quality}: {error}") from error

    def model_names(self) -> list[str]:
        """Return the names of all models, with the default's first."""
        return self._models.names()

    def measure(self, data: bytes) -> Size:
        """Return a picture's size from its header. Raises as codec.decode does."""
        return codec.measure(data, *self._limits)

    def media_type(self, data: bytes) -> str:
        """Return a picture's media type from its header. Raises as codec.decode does."""
        return codec.media_type(data, *self._limits)

    def prepare(self, options: Options) -> "Session":
        """Check the options, and load and return their network. Raises UnknownModel and more."""
        self.check(options)
        return self._session(options)

    def _decode(
        self, data: bytes | Image.Image, options: Options, needs_subject: bool
    ) -> DecodedPhoto:
        decode = partial(codec.decode, data, *self._limits, options.profile, frames=options.frames)
        photo, source = decode(work_pixels=options.max_pixels)
        return DecodedPhoto(photo, source, lambda: decode()[0], options.max_pixels, needs_subject)

    def _session(self, options: Options) -> "Session":
        session = self._models.session(options.effective_model)
        card, wanted = session.card, options.model_version
        if wanted and wanted != card.version:
            raise UnknownModel(f"{card.name} is of version {card.version}, not {quoted(wanted)}")
        return session

    def network(self, options: Options) -> tuple[str, str]:
        """Load the network that the options name, and return its name and version."""
        card = self.prepare(options).card
        return card.name, card.version

    def remove_background(
        self, data: bytes | Image.Image, options: Options, deadline: Deadline = NEVER
    ) -> Result:
        """Cut the subject out of a picture file and return the result as a file with its facts.

        Instead of a file, `data` may be a picture, which may be changed.

        Raises a CutoutError for a picture or options that cannot be used, UnknownForeground where
        there is no subject, and DeadlineExceeded between two stages.
        """
        self.check(options)
        session = None if options.alpha else self._session(options)
        stages = Stages(deadline)
        with stages.time("decode"):
            decoded = self._decode(data, options, needs_subject=session is not None)
            photo, source = decoded.photo, decoded.source
            pictures = attachments.read(options, source, photo.size, self._limits)
            frame = find_frame(options, source, photo.size, self._limits[1])
        selection: Selection | None = None
        looks: Looks | None = None
        if session:
            with stages.time("predict"):
                looks = Looks(session, deadline)
                selection = select(decoded, pictures.mask, looks, options)
            with stages.time("alpha"):
                alpha = edges.estimate_alpha(decoded, selection, options)
        elif pictures.alpha:
            alpha = pictures.alpha
        with stages.time("foreground"):
            alpha = _separate(decoded, alpha, selection, options)
        with stages.time("compose"):
            subject = geometry.subject_box(alpha)
            place = find_place(subject, frame, options)
            picture = compose(photo, alpha, pictures.backdrop, place, options)
            if options.watermark:
                watermark.mark(picture)
        with stages.time("encode"):
            encoded = codec.encode(picture, options.format, self._threads)
        return Result(
            data=encoded,
            media_type=MEDIA_TYPES[options.format],
            size=Size(*picture.size),
            source=Size(*source),
            box=_box(subject or NOWHERE),
            placed=_box(place(subject or NOWHERE)),
            subjects=selection.subjects if selection else (),
            confidence=selection.confidence if selection else None,
            model=session.card.name if session else "",
            model_version=session.card.version if session else "",
            looks=looks.made if looks else 0,
            looks_skipped=looks.skipped if looks else 0,
            timings_ms=stages.ms,
        )


class Stages:
    """Measures the stages' times in ms. No stage begins past the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self.ms: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        self._deadline.check()
        start = perf_counter()
        yield
        self.ms[stage] = (perf_counter() - start) * 1000


def _separate(
    decoded: DecodedPhoto, alpha: Alpha, selection: Selection | None, options: Options
) -> Alpha:
    """Restore the foreground's colours in the photo, in place, and return the final alpha.

    Where the network saw the photo on white, the photo's own colours stay. An alpha of the user's
    may be an earlier result, which the photo's transparency has limited already.
    """
    own = decoded.alpha
    if own and selection and selection.is_from_alpha:
        return ImageChops.subtract(own, alpha) if options.inverse else alpha
    alpha = ImageChops.invert(alpha) if options.inverse else alpha
    if options.effective_edges != "off" and own and selection:
        restored = decoded.seen
        foreground.restore(restored, alpha)
        transparency.paste_opaque(decoded.photo, restored, own)
    elif options.effective_edges != "off":
        foreground.restore(decoded.photo, alpha)
    if not own:
        return alpha
    return (ImageChops.multiply if selection else ImageChops.darker)(alpha, own)


def _box(rectangle: Rectangle) -> Box:
    left, top = rectangle[:2]
    return Box(left, top, *geometry.sides(rectangle))
