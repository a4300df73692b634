"""The recipe: everything between the bytes of a photo and the bytes of its cutout."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from PIL import ImageChops

from cutout.core import foreground, geometry, watermark
from cutout.core.arrays import Alpha, Rectangle
from cutout.deadline import NEVER, Deadline
from cutout.errors import InvalidCanvas, UnknownModel
from cutout.options.record import Options
from cutout.options.text import quoted
from cutout.picture import MEDIA_TYPES, Box, Result, Size

from . import attachments, codec, edges
from .composition import compose, find_frame, find_place
from .selection import Selection, select
from .session import Models, Session

NOWHERE = (0, 0, 0, 0)


class Engine:
    def __init__(self, models: Models, max_bytes: int, max_pixels: int, threads: int) -> None:
        self._models = models
        self._limits = max_bytes, max_pixels
        self._threads = threads

    def is_ready(self) -> bool:
        return self._models.is_loaded()

    def check(self, options: Options) -> None:
        """Raise what this engine cannot do, before any work: InvalidCanvas, UnknownModel."""
        canvas, most = options.canvas, self._limits[1]
        if canvas and canvas.width * canvas.height > most:
            raise InvalidCanvas(f"{canvas} is more than the {most:,} pixels allowed")
        self._models.check(options.model)

    def measure(self, data: bytes) -> Size:
        return codec.measure(data, *self._limits)

    def media_type(self, data: bytes) -> str:
        return codec.media_type(data, *self._limits)

    def prepare(self, options: Options) -> Session:
        """Loads the network."""
        self.check(options)
        return self._session(options)

    def _session(self, options: Options) -> Session:
        session = self._models.session(options.model)
        card, wanted = session.card, options.model_version
        if wanted and wanted != card.version:
            raise UnknownModel(f"{card.name} is of version {card.version}, not {quoted(wanted)}")
        return session

    def network(self, options: Options) -> tuple[str, str]:
        """The name and the version of the one that they mean, which is loaded."""
        card = self.prepare(options).card
        return card.name, card.version

    def remove_background(
        self, data: bytes, options: Options, deadline: Deadline = NEVER
    ) -> Result:
        self.check(options)
        session = None if options.alpha else self._session(options)
        stages = Stages(deadline)
        with stages.time("decode"):
            photo, source = codec.decode(data, *self._limits, options.profile, options.max_pixels)
            transparency = photo.getchannel("A") if photo.mode == "RGBA" else None
            photo = photo.convert("RGB") if transparency else photo
            given = attachments.read(options, source, photo.size, self._limits)
            frame = find_frame(options, source, photo.size, self._limits[1])
        selection: Selection | None = None
        if session:
            with stages.time("predict"):
                selection = select(photo, source, given.mask, session, options)
            with stages.time("alpha"):
                alpha = edges.alpha(photo, selection, options)
        elif given.alpha:
            alpha = given.alpha
        with stages.time("foreground"):
            if options.inverse:
                alpha = ImageChops.invert(alpha)
            if options.edges != "off":
                foreground.restore(photo, alpha)
            if transparency:
                alpha = _within(alpha, transparency, is_own=session is None)
        with stages.time("compose"):
            subject = geometry.subject_box(alpha)
            place = find_place(subject, frame, options)
            picture = compose(photo, alpha, given.backdrop, place, options)
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
            timings_ms=stages.ms,
        )


class Stages:
    """How long each stage took. None begins past the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self.ms: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        self._deadline.check()
        start = perf_counter()
        yield
        self.ms[stage] = (perf_counter() - start) * 1000


def _within(alpha: Alpha, transparency: Alpha, is_own: bool) -> Alpha:
    """The product. One's own alpha may have come from here, and then is a product already."""
    return (ImageChops.darker if is_own else ImageChops.multiply)(alpha, transparency)


def _box(rectangle: Rectangle) -> Box:
    left, top = rectangle[:2]
    return Box(left, top, *geometry.sides(rectangle))
