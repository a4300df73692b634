"""What options may ask for, told before any work is done."""

from collections.abc import Iterator
from typing import get_args

from cutout.contract import (
    LEAST_SCALE,
    MEDIA_TYPES,
    MOST_BLUR,
    MOST_ERODE_PX,
    Blend,
    Channels,
    Edges,
    Options,
    Profile,
    Thresholds,
)
from cutout.errors import (
    CutoutError,
    InvalidBlur,
    InvalidCanvas,
    InvalidFormat,
    InvalidFrame,
    InvalidMargin,
    InvalidParameter,
    InvalidPosition,
    InvalidScale,
    InvalidShadow,
    InvalidSubject,
    MultipleBackgrounds,
)

from . import codec


def check(options: Options, max_pixels: int) -> None:
    for error in _mistakes(options, max_pixels):
        raise error
    if options.background:
        codec.parse_colour(options.background)


def _mistakes(options: Options, max_pixels: int) -> Iterator[CutoutError]:
    yield from _unknown_words(options)
    yield from _contradictions(options)
    if options.thresholds:
        yield from _of_thresholds(options.thresholds)
    if options.margin and not options.margin.are_allowed():
        yield InvalidMargin("margins are within 0px to 500px, or 0% to 50%")
    if options.max_pixels < 0:
        yield InvalidParameter(f"max_pixels: {options.max_pixels} is below 0")
    if options.scale is not None and not LEAST_SCALE <= options.scale <= 1:
        yield InvalidScale(f"{options.scale:g} is not between {LEAST_SCALE} and 1")
    if options.position and not all(0 <= share <= 1 for share in options.position):
        yield InvalidPosition(f"{options.position} are not shares between 0 and 1")
    if not 0 <= options.shadow <= 1:
        yield InvalidShadow(f"{options.shadow:g} is not an opacity between 0 and 1")
    if not 0 <= options.blur <= MOST_BLUR:
        yield InvalidBlur(f"{options.blur:g} is not between 0 and {MOST_BLUR}")
    if options.canvas:
        width, height = options.canvas.width, options.canvas.height
        if min(width, height) < 1 or width * height > max_pixels:
            yield InvalidCanvas(f"{width} x {height} is not 1 to {max_pixels:,} pixels")


def _unknown_words(options: Options) -> Iterator[CutoutError]:
    if options.format not in MEDIA_TYPES:
        yield InvalidFormat(f"{options.format!r} is none of {', '.join(MEDIA_TYPES)}")
    words: tuple[tuple[str, object], ...] = (
        ("channels", Channels), ("edges", Edges), ("blend", Blend), ("profile", Profile),
    )  # fmt: skip
    for name, known in words:
        if (word := getattr(options, name)) not in get_args(known):
            yield InvalidParameter(f"{name}: {word!r} is none of {', '.join(get_args(known))}")
    if isinstance(options.subject, str) and options.subject not in ("all", "largest"):
        yield InvalidSubject(f"{options.subject!r} is neither all nor largest nor a number")
    if isinstance(options.subject, int) and options.subject < 0:
        yield InvalidSubject(f"{options.subject} is below 0, which is the largest")


def _of_thresholds(known: Thresholds) -> Iterator[CutoutError]:
    if not 0 <= known.background <= known.foreground <= 255:
        yield InvalidParameter(
            f"the thresholds of foreground (af) and background (ab) are {known.foreground} and "
            f"{known.background}: both have to be within 0 to 255, and af not below ab"
        )
    if not 0 <= known.erode_px <= MOST_ERODE_PX:
        yield InvalidParameter(
            f"the erosion (ae) is {known.erode_px}, and not within 0 to {MOST_ERODE_PX}"
        )


def _contradictions(options: Options) -> Iterator[CutoutError]:
    if sum(map(bool, (options.background, options.backdrop, options.blur))) > 1:
        yield MultipleBackgrounds("give a colour, a picture or a blur, and only one of them")
    if options.blend == "seamless" and not options.backdrop:
        yield InvalidParameter("blend: seamless is for a background picture, and there is none")
    if options.backdrop and options.profile == "keep":
        yield InvalidParameter("profile: keep has one space, and photo and backdrop may have two")
    if options.channels == "alpha" and options.format == "zip":
        yield InvalidFormat("zip is colour and alpha, and the alpha alone is asked for")
    if options.alpha and (options.roi or options.points or options.mask):
        yield InvalidParameter("alpha: it says all; leave roi, points and mask out")
    if options.alpha and (options.thresholds or options.binary):
        yield InvalidParameter(
            "alpha: it is used as it is; leave thresholds (af, ab, ae) and binary (ppm) out"
        )
    if options.thresholds and options.edges == "off":
        yield InvalidParameter("thresholds are for edges fast or fine, and edges are off")
    if options.frame and (options.crop or options.canvas or options.scale or options.position):
        yield InvalidFrame(
            "frame: it says what the result shows; leave crop, scale, position and canvas out"
        )
    if options.margin and not options.crop:
        yield InvalidMargin("margins are for what is cropped, and nothing is")
    if options.alpha and options.subject != "all":
        yield InvalidSubject("with an alpha of one's own no subjects are told apart")
