"""How Options are written in text. An empty text is one that was not given."""

import re
from typing import Literal, TypeVar, get_args

from cutout.contract import (
    LEAST_SCALE,
    MOST_BLUR,
    Blend,
    Edges,
    Format,
    Length,
    Margins,
    Options,
    Point,
    Profile,
    Region,
    Size,
    Subject,
)
from cutout.errors import (
    InvalidBlur,
    InvalidCanvas,
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
    RegionEmpty,
    RegionOutside,
)

# remove.bg's names, and what each holds in px. 4k, regular and small are its older ones, and 16MP
# is ours: as much as a browser can hold to edit.
SIZES = {
    "preview": 250_000,
    "small": 250_000,
    "regular": 250_000,
    "medium": 1_500_000,
    "hd": 4_000_000,
    "full": 25_000_000,
    "16mp": 16_000_000,
    "4k": 25_000_000,
    "auto": 25_000_000,
    "50mp": 50_000_000,
}
MOST_POINTS = 100

# Digits are counted, so that no number is infinite and no text is slow.
NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,20})?"
LENGTH = re.compile(f"({NUMBER})(px|%)?")
PERCENTAGE = re.compile(f"({NUMBER})%")
POINT = re.compile(f"({NUMBER}(?:px|%)?),({NUMBER}(?:px|%)?)(?:,([01]))?")
CANVAS = re.compile("([0-9]{1,9})x([0-9]{1,9})")
INDEX = re.compile("[0-9]{1,4}")

Choice = TypeVar("Choice", bound=str)


def region(text: str) -> Region | None:
    """x1 y1 x2 y2, with spaces or commas between them."""
    if not text:
        return None
    found = _rectangle(text, InvalidRegion)
    if any(map(_is_outside, (found.left, found.top, found.right, found.bottom))):
        raise RegionOutside(f"{quoted(text)} goes beyond the picture")
    _check_order(found, text, RegionEmpty)
    return found


def frame(text: str) -> Region | None:
    """The same, and it may go beyond the picture."""
    if not text:
        return None
    found = _rectangle(text, InvalidFrame)
    _check_order(found, text, InvalidFrame)
    return found


def points(text: str) -> tuple[Point, ...]:
    """x,y on the subject and x,y,0 on what is none of it, with spaces between the points."""
    parts = text.split()
    if len(parts) > MOST_POINTS:
        raise InvalidPoints(f"{len(parts):,} points are more than the {MOST_POINTS} allowed")
    return tuple(map(_point, parts))


def _point(text: str) -> Point:
    match = POINT.fullmatch(text)
    if not match:
        raise InvalidPoints(f"{quoted(text)} is neither x,y nor x,y,0 with x and y in px or %")
    x, y = _length(match[1]), _length(match[2])
    if _is_outside(x) or _is_outside(y):
        raise InvalidPoints(f"{quoted(text)} is not in the picture")
    return Point(x, y, is_subject=match[3] != "0")


def subject(text: str) -> Subject:
    if not text:
        return Options.subject
    if INDEX.fullmatch(text):
        return int(text)
    names: tuple[Literal["all", "largest"], ...] = ("all", "largest")
    sentence = f"{quoted(text)} is neither all nor largest nor a number from 0, the largest, on"
    return choice("subject", text, names, InvalidSubject(sentence))


def edges(text: str) -> Edges:
    return choice("edges", text, get_args(Edges)) if text else Options.edges


def max_pixels(text: str) -> int:
    """Of a size's name."""
    if not text:
        return Options.max_pixels
    sentence = f"{quoted(text)} is none of {', '.join(SIZES)}"
    return SIZES[choice("size", text, tuple(SIZES), InvalidSize(sentence))]


def margins(text: str) -> Margins | None:
    """As in CSS: one, two (top and bottom, sides) or four (from the top, clockwise)."""
    if not text:
        return None
    try:
        top, right, bottom, left = map(_length, _spread(text, 4))
    except ValueError as error:
        raise InvalidMargin(f"{quoted(text)} is not 1, 2 or 4 margins in px or %") from error
    wanted = Margins(top, right, bottom, left)
    if not wanted.are_allowed():
        raise InvalidMargin(f"{quoted(text)} is not within 0px to 500px, or 0% to 50%")
    return wanted


def canvas(text: str) -> Size | None:
    if not text:
        return None
    match = CANVAS.fullmatch(text.lower())
    if not match:
        raise InvalidCanvas(f"{quoted(text)} is not WIDTHxHEIGHT in px")
    return Size(int(match[1]), int(match[2]))


def scale(text: str) -> float | None:
    if text in ("", "original"):
        return None
    sentence = f"{quoted(text)} is neither original nor 10% to 100% of the canvas"
    return _share(text, LEAST_SCALE, 1, InvalidScale(sentence))


def position(text: str) -> tuple[float, float] | None:
    """One percentage for both directions, or x and y."""
    if text in ("", "original"):
        return None
    sentence = f"{quoted(text)} is neither original nor center nor one or two of 0% to 100%"
    error = InvalidPosition(sentence)
    try:
        x, y = _spread("50%" if text == "center" else text, 2)
    except ValueError:
        raise error from None
    return _share(x, 0, 1, error), _share(y, 0, 1, error)


def blur(text: str) -> float:
    if not text:
        return Options.blur
    sentence = f"{quoted(text)} is not within 0% to 10% of the longer side"
    return _share(text, 0, MOST_BLUR, InvalidBlur(sentence))


def blend(text: str) -> Blend:
    return choice("blend", text, get_args(Blend)) if text else Options.blend


def shadow(text: str) -> float:
    """0 to 100, with or without a percent sign."""
    if not text:
        return Options.shadow
    sentence = f"{quoted(text)} is not an opacity of 0% to 100%"
    return _share(text.removesuffix("%") + "%", 0, 1, InvalidShadow(sentence))


def format(text: str) -> Format:
    if not text:
        return Options.format
    formats: tuple[Format, ...] = get_args(Format)
    sentence = f"{quoted(text)} is none of {', '.join(formats)}"
    name = "jpg" if text.lower() == "jpeg" else text
    return choice("format", name, formats, InvalidFormat(sentence))


def profile(text: str) -> Profile:
    return choice("profile", text, get_args(Profile)) if text else Options.profile


def choice(
    option: str, text: str, choices: tuple[Choice, ...], error: InvalidParameter | None = None
) -> Choice:
    for one in choices:
        if one.lower() == text.lower():
            return one
    raise error or InvalidParameter(f"{option}: {quoted(text)} is none of {', '.join(choices)}")


def quoted(text: str) -> str:
    """For an error's sentence, whatever its length and characters."""
    return repr(text[:40])


def _rectangle(text: str, kind: type[InvalidParameter]) -> Region:
    try:
        left, top, right, bottom = map(_length, text.replace(",", " ").split(maxsplit=4))
    except ValueError as error:
        raise kind(f"{quoted(text)} is not x1 y1 x2 y2, each in px or %") from error
    return Region(left, top, right, bottom)


def _check_order(region: Region, text: str, kind: type[InvalidParameter]) -> None:
    """As far as that can be told without the picture."""
    for near, far in ((region.left, region.right), (region.top, region.bottom)):
        if near.unit == far.unit and near.value >= far.value:
            raise kind(f"{quoted(text)}: x2 has to be right of x1, and y2 below y1")


def _length(text: str) -> Length:
    match = LENGTH.fullmatch(text)
    if not match:
        raise ValueError
    return Length(float(match[1]), "%" if match[2] == "%" else "px")


def _is_outside(length: Length) -> bool:
    """As far as that can be told, too."""
    return length.value < 0 or (length.unit == "%" and length.value > 100)


def _share(text: str, least: float, most: float, error: InvalidParameter) -> float:
    match = PERCENTAGE.fullmatch(text)
    if not match or not least <= float(match[1]) / 100 <= most:
        raise error
    return float(match[1]) / 100


def _spread(text: str, places: int) -> list[str]:
    """Fewer values than places are repeated, as CSS does; where that does not come out even, the
    list is of another length."""
    parts = text.split(maxsplit=places)
    return parts * (places // max(len(parts), 1))
