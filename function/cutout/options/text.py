"""Each option as text. `parse(field, text)` and `generate(field, value)` are inverses, and an empty
text stands for the default.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args

from cutout.errors import (
    UnsupportedOption,
)
from cutout.picture import SIZES, Format

from .grammar import (
    blur,
    canvas,
    channels,
    format,
    frame,
    margins,
    max_pixels,
    points,
    position,
    region,
    scale,
    shadow,
    subject,
    switch,
    thresholds,
    words,
)
from .quality import Edges, Quality
from .record import Blend, Channels, Frames, Options, Profile
from .values import percent

SHARES = ("scale", "blur", "shadow")  # 0..1 in the record, percentages as text


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


def _choices(names: object) -> str:
    """Return the metavar that lists a Literal's names."""
    return "|".join(get_args(names))


@dataclass(frozen=True)
class Field:
    """How one field of Options is read, and what it is for."""

    parse: Callable[[str], object]
    help: str
    group: str
    metavar: str = "NAME"  # in the command line's help


NOT_OFFERED = {"watermark": "the service puts it on results of test keys"}
KEPT, EDGE, PLACE = "what is kept", "its edge", "its size and place"
BEHIND, FILE = "what is behind", "the file"

# All fields but the pictures, in the order of Options.
FIELDS: Mapping[str, Field] = {
    "model": Field(str, "u2net, u2netp or a model of your own", KEPT),
    "model_version": Field(str, "the version that the model has to have", KEPT),
    "quality": Field(
        words("quality", Quality),
        "fast (u2netp), standard, or best (a second look); standard unless given",
        KEPT,
        _choices(Quality),
    ),
    "frames": Field(
        words("frames", Frames),
        "first takes the first frame of an animation, or page of a TIFF; one, the default, refuses",
        KEPT,
        _choices(Frames),
    ),
    "roi": Field(
        region,
        "look for the subject in this rectangle alone: x1 y1 x2 y2, in px or %",
        KEPT,
        "'X1 Y1 X2 Y2'",
    ),
    "points": Field(
        points,
        "x,y is on the subject and x,y,0 is not, in px or %; spaces between points",
        KEPT,
        "'X,Y X,Y,0'",
    ),
    "subject": Field(
        subject, "of several: all (the default), largest, or 0, 1, 2 by size", KEPT, "all|largest|N"
    ),
    "inverse": Field(switch("inverse"), "keep the background and remove the subject", KEPT),
    "edges": Field(
        words("edges", Edges),
        f"{', '.join(get_args(Edges))}; fast unless given",
        EDGE,
        _choices(Edges),
    ),
    "thresholds": Field(
        thresholds,
        "saliency of 255 that is opaque, that is gone, px of erosion: 240 10 10",
        EDGE,
        "'240 10 10'",
    ),
    "binary": Field(switch("binary"), "a hard edge: opened, smoothed, 0 or 255", EDGE),
    "opaque_interior": Field(
        switch("opaque_interior"),
        "make opaque what is see-through inside of the subject, such as glass; its edge stays",
        EDGE,
    ),
    "max_pixels": Field(
        max_pixels,
        f"make a larger photo smaller first: pixels, or {', '.join(SIZES)}",
        PLACE,
        "N|NAME",
    ),
    "crop": Field(switch("crop"), "crop to the subject", PLACE),
    "margin": Field(
        margins,
        "around what is cropped: 1, 2 or 4 values as in CSS, in px or %",
        PLACE,
        "'1 2 3 4'",
    ),
    "frame": Field(
        frame,
        "show this of the photo, or more than it has: x1 y1 x2 y2, in px or %",
        PLACE,
        "'X1 Y1 X2 Y2'",
    ),
    "canvas": Field(canvas, "the result's size in px: WIDTHxHEIGHT", PLACE, "WxH"),
    "scale": Field(
        scale, "the subject's share of the canvas: 10% to 100%, or original", PLACE, "PERCENT"
    ),
    "position": Field(position, "of the subject: original, center, x% or x% y%", PLACE, "'X Y'"),
    "background": Field(str, "a colour: #fff, #ff000080 or a CSS name", BEHIND, "COLOUR"),
    "blur": Field(
        blur,
        "the photo itself behind, blurred by this share of its longer side: 0% to 10%",
        BEHIND,
        "PERCENT",
    ),
    "blend": Field(
        words("blend", Blend),
        f"onto the backdrop: {', '.join(get_args(Blend))}",
        BEHIND,
        _choices(Blend),
    ),
    "shadow": Field(
        shadow, "the opacity of a shadow that falls from the subject: 0% to 100%", BEHIND, "PERCENT"
    ),
    "format": Field(
        format, f"{', '.join(get_args(Format))}; png unless given", FILE, _choices(Format)
    ),
    "channels": Field(channels, "rgba, or alpha for the alpha alone", FILE, _choices(Channels)),
    "profile": Field(
        words("profile", Profile),
        f"the colour space: {', '.join(get_args(Profile))}",
        FILE,
        _choices(Profile),
    ),
    "watermark": Field(switch("watermark"), "words over all of the result", FILE),
}
PICTURES: Mapping[str, Field] = {
    "mask": Field(
        str,
        "a rough mask, as a picture: white is subject, black is not, grey is open",
        KEPT,
        "FILE",
    ),
    "alpha": Field(
        str, "your own alpha, in grey, of the photo's shape: nothing is predicted", KEPT, "FILE"
    ),
    "backdrop": Field(str, "a picture behind the subject; it covers the canvas", BEHIND, "FILE"),
}
