"""The recipe: everything between the bytes of a photo and the bytes of its cutout."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from time import perf_counter

from PIL import Image

from cutout.contract import MEDIA_TYPES, Box, Options, Result, Size
from cutout.core import binary, composite, geometry, saliency
from cutout.core.arrays import Cutout
from cutout.deadline import NEVER, Deadline
from cutout.errors import InvalidFormat, UnknownForeground, UnsupportedOption

from . import codec
from .session import Models, Session

WHITE = "#ffffff"
SERVED = {"model", "format", "channels", "background", "binary", "edges", "profile", "max_pixels"}


class Engine:
    def __init__(self, models: Models, max_bytes: int, max_pixels: int, threads: int) -> None:
        self._models = models
        self._limits = max_bytes, max_pixels
        self._threads = threads

    def is_ready(self) -> bool:
        return self._models.is_loaded()

    def prepare(self, options: Options) -> Session:
        """Loads the network. What is wrong with the options is told before any work on a photo."""
        if options.format not in MEDIA_TYPES:
            raise InvalidFormat(f"{options.format!r} is none of {', '.join(MEDIA_TYPES)}")
        if options.background:
            codec.parse_colour(options.background)
        for field in fields(options):
            if field.name not in SERVED and getattr(options, field.name) != field.default:
                raise UnsupportedOption(f"{field.name} is not offered yet")
        return self._models.session(options.model)

    def remove_background(
        self, data: bytes, options: Options, deadline: Deadline = NEVER
    ) -> Result:
        session = self.prepare(options)
        stages = Stages(deadline)
        with stages.time("decode"):
            photo, source = codec.decode_to(
                data, *self._limits, options.profile, options.max_pixels
            )
        with stages.time("predict"):
            prediction = session.predict(photo)
            if not saliency.has_subject(prediction):
                raise UnknownForeground("nothing in the picture stands out from its background")
        with stages.time("alpha"):
            settled = saliency.settle(saliency.stretch(prediction))
            alpha = geometry.enlarge(settled, photo.size)
            if options.binary:
                alpha = binary.binary(alpha)
        with stages.time("compose"):
            cutout = composite.cutout(photo, alpha)
            box = _subject_box(cutout)
            picture = _finish(cutout, options)
        with stages.time("encode"):
            encoded = codec.encode(picture, options.format, self._threads)
        return Result(
            data=encoded,
            media_type=MEDIA_TYPES[options.format],
            size=Size(*picture.size),
            source=Size(*source),
            box=box,
            subjects=(box,),
            confidence=saliency.confidence(prediction),
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


def _subject_box(cutout: Cutout) -> Box:
    left, top, right, bottom = geometry.subject_box(cutout.getchannel("A")) or (0, 0, 0, 0)
    return Box(left, top, right - left, bottom - top)


def _finish(cutout: Cutout, options: Options) -> Image.Image:
    """What was asked for: the alpha alone, the cutout on a colour, or the cutout itself."""
    if options.channels == "alpha":
        return cutout.getchannel("A")
    background = options.background or (WHITE if options.format == "jpg" else "")
    if background:
        cutout = composite.over(cutout, codec.parse_colour(background))
    return cutout.convert("RGB") if options.format == "jpg" else cutout
