"""The record of options: frozen, and valid when made. Each bound stands here or in the values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

from cutout.errors import (
    CutoutError,
    InvalidBlur,
    InvalidCanvas,
    InvalidChannels,
    InvalidFormat,
    InvalidFrame,
    InvalidMargin,
    InvalidParameter,
    InvalidPoints,
    InvalidPosition,
    InvalidScale,
    InvalidShadow,
    InvalidSubject,
    MultipleBackgrounds,
    RegionEmpty,
    RegionOutside,
)
from cutout.picture import MEDIA_TYPES, Format, Size

from .colour import parse_colour
from .quality import IMPLIED, Edges, Quality
from .values import (
    LEAST_NUMBER,
    MOST_NUMBER,
    Margins,
    Picture,
    Point,
    Reference,
    Region,
    Thresholds,
    percent,
)

Channels = Literal["rgba", "alpha"]
Profile = Literal["srgb", "keep"]
Blend = Literal["over", "seamless"]
Frames = Literal["one", "first"]
Subject = Literal["all", "largest"] | int

# The types of fields whose values are not all of their default's type.
KINDS: Mapping[str, tuple[type, ...]] = {
    "roi": (Region,),
    "mask": (bytes, Reference),
    "alpha": (bytes, Reference),
    "subject": (str, int),
    "thresholds": (Thresholds,),
    "margin": (Margins,),
    "frame": (Region,),
    "canvas": (Size,),
    "scale": (float, int),
    "position": (tuple,),
    "backdrop": (bytes, Reference),
    "blur": (float, int),
    "shadow": (float, int),
}
LEAST_SCALE = 0.1  # remove.bg's
MOST_BLUR = 0.1  # of the longer side
MOST_POINTS = 100
MOST_SUBJECT = 9999
PICTURES = ("mask", "alpha", "backdrop")  # fields of Options


@dataclass(frozen=True)
class Options:
    """What is asked of a cutout. Raises the CutoutError that fits the first value out of bounds."""

    model: str = ""  # a file in a model folder; empty is what the quality implies
    model_version: str = ""  # the one that it has to have; empty takes any
    quality: Quality = "standard"  # best takes two inferences; see cutout.options.quality

    # What is read.
    frames: Frames = "one"  # first takes an animation's first frame, or the first of a TIFF's pages

    # What is kept.
    roi: Region | None = None  # the subject is looked for in here alone
    points: tuple[Point, ...] = ()  # on the subject, or on the background
    mask: Picture = field(default=b"", repr=False)  # rough: white subject, black not, grey open
    alpha: Picture = field(default=b"", repr=False)  # grey, of the photo's shape: used as it is
    subject: Subject = "all"  # of several: an index counts from 0, the largest
    inverse: bool = False  # the background is kept, and the subject removed

    # Its edge.
    # off is the saliency map as it is, enlarged; empty is what the quality implies
    edges: Edges | Literal[""] = ""
    thresholds: Thresholds | None = None  # instead of the saliency map's own uncertainty
    binary: bool = False  # alpha 0 or 255 only: rembg's post_process_mask
    opaque_interior: bool = False  # what is see-through inside of the subject becomes opaque

    # How large it is and where it stands.
    max_pixels: int = 0  # of photo and result: a larger one is made smaller; 0 is no limit
    crop: bool = False  # to the subject
    margin: Margins | None = None  # around what is cropped
    frame: Region | None = None  # the part of the photo that the result shows; may go beyond it
    canvas: Size | None = None  # the result's size; else the photo's, or the crop's
    scale: float | None = None  # of the subject, as a share of the canvas: 0.1..1
    position: tuple[float, float] | None = None  # of the free space: 0, 0 is the top left corner

    # What is behind it.
    background: str = ""  # "#rgb", "#rrggbb", "#rrggbbaa" or a CSS name; empty stays transparent
    backdrop: Picture = field(default=b"", repr=False)  # a picture, which covers the canvas
    blur: float = 0  # the photo itself, blurred by this share of its longer side
    blend: Blend = "over"  # seamless takes on the backdrop's light (Pérez et al. 2003)
    shadow: float = 0  # the opacity of one that falls from the subject: 0..1

    # The file.
    format: Format = "png"  # zip is color.jpg and alpha.png
    channels: Channels = "rgba"  # alpha is the alpha alone, as a grey picture
    profile: Profile = "srgb"  # keep leaves the colours in the space of the photo
    watermark: bool = False  # words over all of it, for results of test keys

    def __post_init__(self) -> None:
        for error in _violations(self):
            raise error
        if self.background:
            parse_colour(self.background)

    @property
    def effective_model(self) -> str:
        """The model that they name or imply; empty is the default of Settings."""
        return self.model or IMPLIED[self.quality].model

    @property
    def effective_edges(self) -> Edges:
        """The edges that they name or imply."""
        return self.edges or IMPLIED[self.quality].edges

    def with_pictures(self, pictures: Mapping[str, Picture]) -> "Options":
        """The same options with these pictures, by their fields."""
        values: dict[str, Any] = dict(pictures)
        return replace(self, **values)

    def has_hints(self) -> bool:
        """Return whether they say which part of what stands out is the subject."""
        return bool(self.roi or self.points or self.mask or self.subject != "all")

    def references(self) -> dict[str, Reference]:
        """The pictures that are not at hand, by their fields."""
        pictures = {name: getattr(self, name) for name in PICTURES}
        return {
            name: picture for name, picture in pictures.items() if isinstance(picture, Reference)
        }


def _violations(options: Options) -> Iterator[CutoutError]:
    yield from _wrong_types(options)
    yield from _unknown_words(options)
    yield from _contradictions(options)
    yield from _hint_violations(options)
    yield from _placement_violations(options)
    if not _is_share(options.shadow, 0, 1):
        yield InvalidShadow(f"{percent(options.shadow)} is not an opacity of 0% to 100%")
    if not _is_share(options.blur, 0, MOST_BLUR):
        yield InvalidBlur(f"{percent(options.blur)} is not within 0% to 10% of the longer side")


def _wrong_types(options: Options) -> Iterator[CutoutError]:
    for each in fields(options):
        kinds = KINDS.get(each.name) or (type(each.default),)
        value = getattr(options, each.name)
        is_bool = isinstance(value, bool) and bool not in kinds
        if value is not each.default and (is_bool or not isinstance(value, kinds)):
            names = " or ".join(kind.__name__ for kind in kinds)
            yield InvalidParameter(f"{each.name}: {value!r:.40} is not of type {names}")


def _unknown_words(options: Options) -> Iterator[CutoutError]:
    if options.format not in MEDIA_TYPES:
        yield InvalidFormat(f"{options.format!r} is none of {', '.join(MEDIA_TYPES)}")
    if options.channels not in get_args(Channels):
        yield InvalidChannels(f"{options.channels!r} is neither rgba nor alpha")
    words: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("frames", options.frames, get_args(Frames)),
        ("quality", options.quality, get_args(Quality)),
        ("edges", options.edges, ("", *get_args(Edges))),
        ("blend", options.blend, get_args(Blend)),
        ("profile", options.profile, get_args(Profile)),
    )
    for name, word, known in words:
        if word not in known:
            names = ", ".join(filter(None, known))
            yield InvalidParameter(f"{name}: {word!r} is none of {names}")
    if isinstance(options.subject, str) and options.subject not in ("all", "largest"):
        yield InvalidSubject(f"{options.subject!r} is neither all nor largest nor a number from 0")
    if isinstance(options.subject, int) and not 0 <= options.subject <= MOST_SUBJECT:
        yield InvalidSubject(f"{options.subject} is not within 0, the largest, to {MOST_SUBJECT}")


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
        yield InvalidParameter("alpha: it replaces the prediction; leave roi, points and mask out")
    if options.alpha and (options.thresholds or options.binary or options.opaque_interior):
        yield InvalidParameter(
            "alpha: it is used as it is; leave thresholds (af, ab, ae), binary (ppm) and "
            "opaque_interior (semitransparency=false) out"
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
        yield InvalidSubject("with an alpha of your own, subjects are not separated")


def _hint_violations(options: Options) -> Iterator[CutoutError]:
    if options.roi and options.roi.is_outside():
        yield RegionOutside(f"{options.roi} goes beyond the picture")
    if options.roi and options.roi.is_empty():
        yield RegionEmpty(f"{options.roi}: x2 has to be right of x1, and y2 below y1")
    if len(options.points) > MOST_POINTS:
        yield InvalidPoints(f"{len(options.points):,} points are more than {MOST_POINTS}")
    for point in options.points:
        if point.x.is_outside() or point.y.is_outside():
            yield InvalidPoints(f"{point} is not in the picture")


def _placement_violations(options: Options) -> Iterator[CutoutError]:
    if not 0 <= options.max_pixels < MOST_NUMBER:
        yield InvalidParameter(f"max_pixels: {options.max_pixels} is not a number of pixels")
    if options.frame and options.frame.is_empty():
        yield InvalidFrame(f"{options.frame}: x2 has to be right of x1, and y2 below y1")
    canvas = options.canvas
    if canvas and not (
        min(canvas.width, canvas.height) > 0 and canvas.width * canvas.height < MOST_NUMBER
    ):
        yield InvalidCanvas(f"{options.canvas} is not a size in px")
    if options.scale is not None and not _is_share(options.scale, LEAST_SCALE, 1):
        yield InvalidScale(f"{percent(options.scale)} is not 10% to 100% of the canvas")
    position = options.position
    if position and not (len(position) == 2 and all(_is_share(each, 0, 1) for each in position)):
        written = " ".join(map(percent, position))
        yield InvalidPosition(f"{written} is not x and y of 0% to 100% of the free space")


def _is_share(value: float, least: float, most: float) -> bool:
    return least <= value <= most and (value == 0 or value >= LEAST_NUMBER)
