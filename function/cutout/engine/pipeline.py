"""The recipe: everything between the bytes of a photo and the bytes of its cutout."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from PIL import ImageChops

from cutout.contract import MEDIA_TYPES, Box, Options, Result, Size
from cutout.core import foreground, geometry
from cutout.core.arrays import Alpha
from cutout.deadline import NEVER, Deadline

from . import codec, demands, edges, given
from .composition import compose
from .selection import Selection, select
from .session import Models, Session


class Engine:
    def __init__(self, models: Models, max_bytes: int, max_pixels: int, threads: int) -> None:
        self._models = models
        self._limits = max_bytes, max_pixels
        self._threads = threads

    def is_ready(self) -> bool:
        return self._models.is_loaded()

    def prepare(self, options: Options) -> Session:
        """Loads the network. What is wrong with the options is told before any work on a photo."""
        demands.check(options, self._limits[1])
        return self._models.session(options.model)

    def remove_background(
        self, data: bytes, options: Options, deadline: Deadline = NEVER
    ) -> Result:
        session = self.prepare(options)
        stages = Stages(deadline)
        with stages.time("decode"):
            profile = "srgb" if options.backdrop else options.profile  # one space for both
            photo, source = codec.decode(data, *self._limits, profile, options.max_pixels)
            transparency = photo.getchannel("A") if photo.mode == "RGBA" else None
            photo = photo.convert("RGB") if transparency else photo
            pictures = given.read(options, source, photo.size, self._limits)
        selection: Selection | None = None
        alpha = pictures.alpha
        if not alpha:
            with stages.time("predict"):
                selection = select(photo, source, pictures.mask, session, options)
            with stages.time("alpha"):
                alpha = edges.alpha(photo, selection, options)
        with stages.time("foreground"):
            if options.inverse:
                alpha = ImageChops.invert(alpha)
            if options.edges != "off":
                foreground.restore(photo, alpha)
            if transparency:
                alpha = ImageChops.multiply(alpha, transparency)
        with stages.time("compose"):
            box = _box(alpha)
            picture = compose(photo, alpha, pictures.backdrop, options)
        with stages.time("encode"):
            encoded = codec.encode(picture, options.format, self._threads)
        return Result(
            data=encoded,
            media_type=MEDIA_TYPES[options.format],
            size=Size(*picture.size),
            source=Size(*source),
            box=box,
            subjects=selection.subjects if selection else (box,),
            confidence=selection.confidence if selection else 1.0,
            model=session.card.name,
            model_version=session.card.version,
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


def _box(alpha: Alpha) -> Box:
    left, top, right, bottom = geometry.subject_box(alpha) or (0, 0, 0, 0)
    return Box(left, top, right - left, bottom - top)
