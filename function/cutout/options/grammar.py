"""The grammar of options: how each kind of value is written as text, in forms, JSON, on the command
line and in stored records. A function raises the InvalidParameter that fits its option.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar, get_args

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
)
from cutout.picture import SIZES, Format, Size

from .record import MOST_POINTS, Channels, Subject
from .values import Length, Margins, Point, Region, Thresholds

# Digits are counted, so that no number is infinite and no text is slow.
NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,40})?"
LENGTH = re.compile(f"({NUMBER})(px|%)?")
PERCENTAGE = re.compile(f"({NUMBER})%")
POINT = re.compile(f"({NUMBER}(?:px|%)?),({NUMBER}(?:px|%)?)(?:,([01]))?")
CANVAS = re.compile("([0-9]{1,9})x([0-9]{1,9})")
PIXELS = re.compile("[0-9]{1,9}")
INDEX = re.compile("[0-9]{1,9}")
BYTES = re.compile("([0-9]{1,4}) ([0-9]{1,4}) ([0-9]{1,4})")
SWITCH = {"true": True, "1": True, "false": False, "0": False}

Choice = TypeVar("Choice", bound=str)


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
    """Read x1 y1 x2 y2, with spaces or commas between them."""
    return _rectangle(text, InvalidRegion)


def frame(text: str) -> Region:
    """Read x1 y1 x2 y2, which may lie outside of the picture."""
    return _rectangle(text, InvalidFrame)


def points(text: str) -> tuple[Point, ...]:
    """Read x,y on the subject and x,y,0 on the background, with spaces between the points."""
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


def words(option: str, words: object) -> Callable[[str], str]:
    return lambda text: choice(option, text, get_args(words))


def _rectangle(text: str, kind: type[InvalidParameter]) -> Region:
    try:
        return Region(*map(_length, text.replace(",", " ").split(maxsplit=4)))
    except (ValueError, TypeError) as error:
        raise kind(f"{quoted(text)} is not x1 y1 x2 y2, each in px or %") from error


def _point(text: str) -> Point:
    match = POINT.fullmatch(text)
    try:
        if match:
            return Point(_length(match[1]), _length(match[2]), is_subject=match[3] != "0")
    except ValueError:
        pass  # a coordinate too close to 0
    raise InvalidPoints(f"{quoted(text)} is neither x,y nor x,y,0 with x and y in px or %")


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
