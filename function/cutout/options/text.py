"""Each option as text: the grammar that forms, JSON, the command line and stored records share.

`parse(field, text)` and `generate(value)` are inverses. An empty text stands for the default.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, TypeVar, get_args

from cutout.errors import (
    InvalidBlur,
    InvalidCanvas,
    InvalidChannels,
    InvalidFormat,
    InvalidFrame,
    InvalidMargin,
    InvalidParameter,
    InvalidPoints,
    InvalidPosition,
    InvalidRegion,
    InvalidScale,
    InvalidShadow,
    InvalidSize,
    InvalidSubject,
    UnsupportedOption,
)
from cutout.picture import SIZES, Format, Size

from .record import (
    MOST_POINTS,
    Blend,
    Channels,
    Edges,
    Length,
    Margins,
    Options,
    Point,
    Profile,
    Region,
    Subject,
    Thresholds,
    percent,
)

# Digits are counted, so that no number is infinite and no text is slow.
NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,40})?"
LENGTH = re.compile(f"({NUMBER})(px|%)?")
PERCENTAGE = re.compile(f"({NUMBER})%")
POINT = re.compile(f"({NUMBER}(?:px|%)?),({NUMBER}(?:px|%)?)(?:,([01]))?")
CANVAS = re.compile("([0-9]{1,9})x([0-9]{1,9})")
PIXELS = re.compile("[0-9]{1,9}")
INDEX = re.compile("[0-9]{1,4}")
BYTES = re.compile("([0-9]{1,4}) ([0-9]{1,4}) ([0-9]{1,4})")
SHARES = ("scale", "blur", "shadow")  # 0..1 in the record, percentages as text
SWITCH = {"true": True, "1": True, "false": False, "0": False}

Choice = TypeVar("Choice", bound=str)


def parse(field: str, text: str) -> Any:
    """The value of a field of Options. Raises the InvalidParameter that fits the field."""
    return getattr(Options, field) if not text else FIELDS[field].parse(text)


def generate(field: str, value: Any) -> str:
    """The text of a value of a field of Options, as parse() reads it."""
    if field in SHARES:
        return percent(value)
    if field == "position":
        return " ".join(map(percent, value))
    if field == "points":
        return " ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def changed(options: Options, not_offered: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Yield the fields that differ from their default, with their values, but for the pictures.

    Raises UnsupportedOption for a field that is not offered, with the reason."""
    for field in fields(options):
        value = getattr(options, field.name)
        if value == field.default or field.name in PICTURES:
            continue
        if field.name in not_offered:
            raise UnsupportedOption(f"{field.name}: {not_offered[field.name]}")
        yield field.name, value


def quoted(text: str) -> str:
    """A text for an error's sentence, whatever its length and characters."""
    return repr(text[:40])


def choice(
    option: str, text: str, choices: tuple[Choice, ...], error: InvalidParameter | None = None
) -> Choice:
    for one in choices:
        if one.lower() == text.lower():
            return one
    raise error or InvalidParameter(f"{option}: {quoted(text)} is none of {', '.join(choices)}")


def switch(option: str) -> Callable[[str], bool]:
    return lambda text: SWITCH[choice(option, text, tuple(SWITCH))]


def region(text: str) -> Region:
    """x1 y1 x2 y2, with spaces or commas between them."""
    return _rectangle(text, InvalidRegion)


def frame(text: str) -> Region:
    """The same, and it may go beyond the picture."""
    return _rectangle(text, InvalidFrame)


def points(text: str) -> tuple[Point, ...]:
    """x,y on the subject and x,y,0 on the background, with spaces between the points."""
    return tuple(map(_point, text.split(maxsplit=MOST_POINTS + 1)))


def subject(text: str) -> Subject:
    if INDEX.fullmatch(text):
        return int(text)
    names: tuple[Subject, ...] = ("all", "largest")
    for name in names:
        if name == text.lower():
            return name
    raise InvalidSubject(f"{quoted(text)} is neither all nor largest nor a number from 0")


def thresholds(text: str) -> Thresholds:
    """foreground background erode_px, as `240 10 10`."""
    match = BYTES.fullmatch(text)
    if not match:
        raise InvalidParameter(f"thresholds: {quoted(text)} is not three numbers as in 240 10 10")
    return Thresholds(*map(int, match.groups()))


def max_pixels(text: str) -> int:
    """The name of a size, or a number of pixels; 0 is no limit."""
    if PIXELS.fullmatch(text):
        return int(text)
    sentence = f"{quoted(text)} is no number of pixels and none of {', '.join(SIZES)}"
    return SIZES[choice("size", text, tuple(SIZES), InvalidSize(sentence))]


def margins(text: str) -> Margins:
    """As in CSS: one, two (top and bottom, sides) or four (from the top, clockwise)."""
    try:
        return Margins(*map(_length, _spread(text, 4)))
    except (ValueError, TypeError) as error:
        raise InvalidMargin(f"{quoted(text)} is not 1, 2 or 4 margins in px or %") from error


def canvas(text: str) -> Size:
    match = CANVAS.fullmatch(text.lower())
    if not match:
        raise InvalidCanvas(f"{quoted(text)} is not WIDTHxHEIGHT in px")
    return Size(int(match[1]), int(match[2]))


def scale(text: str) -> float | None:
    if text == "original":
        return None
    sentence = f"{quoted(text)} is neither original nor 10% to 100% of the canvas"
    return _share(text, InvalidScale(sentence))


def position(text: str) -> tuple[float, float] | None:
    """One percentage for both directions, or x and y."""
    if text == "original":
        return None
    sentence = f"{quoted(text)} is neither original nor center nor one or two of 0% to 100%"
    error = InvalidPosition(sentence)
    try:
        x, y = _spread("50%" if text == "center" else text, 2)
    except ValueError:
        raise error from None
    return _share(x, error), _share(y, error)


def blur(text: str) -> float:
    return _share(text, InvalidBlur(f"{quoted(text)} is not within 0% to 10% of the longer side"))


def shadow(text: str) -> float:
    """0 to 100, with or without a percent sign."""
    sentence = f"{quoted(text)} is not an opacity of 0% to 100%"
    return _share(text.removesuffix("%") + "%", InvalidShadow(sentence))


def format(text: str) -> Format:
    formats: tuple[Format, ...] = get_args(Format)
    sentence = f"{quoted(text)} is none of {', '.join(formats)}"
    name = "jpg" if text.lower() == "jpeg" else text
    return choice("format", name, formats, InvalidFormat(sentence))


def channels(text: str) -> Channels:
    names: tuple[Channels, ...] = get_args(Channels)
    sentence = f"{quoted(text)} is neither rgba nor alpha"
    return choice("channels", text, names, InvalidChannels(sentence))


def _words(option: str, words: object) -> Callable[[str], str]:
    return lambda text: choice(option, text, get_args(words))


def _rectangle(text: str, kind: type[InvalidParameter]) -> Region:
    try:
        return Region(*map(_length, text.replace(",", " ").split(maxsplit=4)))
    except (ValueError, TypeError) as error:
        raise kind(f"{quoted(text)} is not x1 y1 x2 y2, each in px or %") from error


def _point(text: str) -> Point:
    match = POINT.fullmatch(text)
    if not match:
        raise InvalidPoints(f"{quoted(text)} is neither x,y nor x,y,0 with x and y in px or %")
    return Point(_length(match[1]), _length(match[2]), is_subject=match[3] != "0")


def _length(text: str) -> Length:
    match = LENGTH.fullmatch(text)
    if not match:
        raise ValueError
    try:
        return Length(float(match[1]), "%" if match[2] == "%" else "px")
    except InvalidParameter as error:  # too close to 0
        raise ValueError from error


def _share(text: str, error: InvalidParameter) -> float:
    match = PERCENTAGE.fullmatch(text)
    if not match:
        raise error
    return float(Decimal(match[1]) / 100)


def _spread(text: str, places: int) -> list[str]:
    """Fewer values than places are repeated, as CSS does; where that does not come out even, the
    list is of another length."""
    parts = text.split(maxsplit=places)
    return parts * (places // max(len(parts), 1))


@dataclass(frozen=True)
class Field:
    """How one field of Options is read, and what it is for."""

    parse: Callable[[str], object]
    help: str
    group: str


NOT_OFFERED = {"watermark": "the service puts it on results of test keys"}
KEPT, EDGE, PLACE = "what is kept", "its edge", "its size and place"
BEHIND, FILE = "what is behind", "the file"

# All fields but the pictures, in the order of Options.
FIELDS: Mapping[str, Field] = {
    "model": Field(str, "u2net, u2netp or a model of your own", KEPT),
    "model_version": Field(str, "the version that the model has to have", KEPT),
    "roi": Field(
        region, "look for the subject in this rectangle alone: x1 y1 x2 y2, in px or %", KEPT
    ),
    "points": Field(
        points, "x,y is on the subject and x,y,0 is not, in px or %; spaces between points", KEPT
    ),
    "subject": Field(subject, "of several: all (the default), largest, or 0, 1, 2 by size", KEPT),
    "inverse": Field(switch("inverse"), "keep the background and remove the subject", KEPT),
    "edges": Field(
        _words("edges", Edges), f"{', '.join(get_args(Edges))}; fast unless given", EDGE
    ),
    "thresholds": Field(
        thresholds, "saliency of 255 that is opaque, that is gone, px of erosion: 240 10 10", EDGE
    ),
    "binary": Field(switch("binary"), "a hard edge: opened, smoothed, 0 or 255", EDGE),
    "max_pixels": Field(
        max_pixels, f"make a larger photo smaller first: pixels, or {', '.join(SIZES)}", PLACE
    ),
    "crop": Field(switch("crop"), "crop to the subject", PLACE),
    "margin": Field(
        margins, "around what is cropped: 1, 2 or 4 values as in CSS, in px or %", PLACE
    ),
    "frame": Field(
        frame, "show this of the photo, or more than it has: x1 y1 x2 y2, in px or %", PLACE
    ),
    "canvas": Field(canvas, "the result's size in px: WIDTHxHEIGHT", PLACE),
    "scale": Field(scale, "the subject's share of the canvas: 10% to 100%, or original", PLACE),
    "position": Field(position, "of the subject: original, center, x% or x% y%", PLACE),
    "background": Field(str, "a colour: #fff, #ff000080 or a CSS name", BEHIND),
    "blur": Field(
        blur, "the photo itself behind, blurred by this share of its longer side: 0% to 10%", BEHIND
    ),
    "blend": Field(
        _words("blend", Blend), f"onto the backdrop: {', '.join(get_args(Blend))}", BEHIND
    ),
    "shadow": Field(
        shadow, "the opacity of a shadow that falls from the subject: 0% to 100%", BEHIND
    ),
    "format": Field(format, f"{', '.join(get_args(Format))}; png unless given", FILE),
    "channels": Field(channels, "rgba, or alpha for the alpha alone", FILE),
    "profile": Field(
        _words("profile", Profile), f"the colour space: {', '.join(get_args(Profile))}", FILE
    ),
    "watermark": Field(switch("watermark"), "words over all of the result", FILE),
}
PICTURES: Mapping[str, Field] = {
    "mask": Field(
        str, "a rough mask, as a picture: white is subject, black is not, grey is open", KEPT
    ),
    "alpha": Field(
        str, "your own alpha, in grey, of the photo's shape: nothing is predicted", KEPT
    ),
    "backdrop": Field(str, "a picture behind the subject; it covers the canvas", BEHIND),
}
