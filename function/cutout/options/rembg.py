"""How rembg's users write Options, over HTTP and on the command line."""

import json
import re
from typing import Any

from cutout.contract import Edges, Point, Region, Thresholds
from cutout.errors import InvalidColour, InvalidParameter, UnsupportedOption

from . import text as grammar

VITMATTE = "ViTMatte is not offered; edges=fine refines the edge by the photo"
MARK = (
    "extras: sam_prompt is a list of points, each with data [x, y] and label 1 or 0, "
    "and of one rectangle with data [x1, y1, x2, y2]"
)
BYTE = re.compile("[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5]")


def colour(text: str) -> str:
    """r,g,b,a as #rrggbbaa; other ways to write a colour as they are."""
    if "," not in text:
        return text
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (3, 4) or not all(map(BYTE.fullmatch, parts)):
        raise InvalidColour(
            f"bgc: {grammar.quoted(text)} is not r,g,b,a with four numbers of 0 to 255"
        )
    return "#" + "".join(f"{int(part):02x}" for part in parts)


def edges(text: str, matting: bool, decontaminate: bool) -> Edges:
    """Alpha matting is ours at its finest, and decontamination comes with both of ours."""
    chosen = grammar.edges(text)
    if decontaminate and chosen == "off":
        raise InvalidParameter("edges off leaves the colours as they are, and dc was asked for too")
    if matting and text and chosen != "fine":
        raise InvalidParameter(f"alpha matting is edges fine, and edges {chosen} was asked for too")
    return "fine" if matting else chosen


def thresholds(af: int | None, ab: int | None, ae: int | None) -> Thresholds | None:
    """None unless one of them is given: the map's own uncertainty says more."""
    given = {"foreground": af, "background": ab, "erode_px": ae}
    told = {name: value for name, value in given.items() if value is not None}
    return Thresholds(**told) if told else None


def hints(roi: str, points: str, extras: str) -> tuple[Region | None, tuple[Point, ...]]:
    """Ours, or those of rembg's SAM."""
    if not extras:
        return grammar.region(roi), grammar.points(points)
    if roi or points:
        raise InvalidParameter("extras has hints, and roi or points has others; send one of them")
    return _prompt(_sam_prompt(extras))


def _sam_prompt(extras: str) -> Any:
    try:
        given = json.loads(extras)
    except (ValueError, RecursionError) as error:
        raise InvalidParameter(f"extras: {grammar.quoted(extras)} is not JSON") from error
    if not isinstance(given, dict):
        raise InvalidParameter(f"extras: {grammar.quoted(extras)} is not an object")
    for name in given:
        if name != "sam_prompt":
            raise UnsupportedOption(
                f"extras: {grammar.quoted(name)} is not offered, sam_prompt alone is"
            )
    return given.get("sam_prompt", [])


def _prompt(marks: Any) -> tuple[Region | None, tuple[Point, ...]]:
    regions, points = [], []
    for mark in marks if isinstance(marks, list) else [marks]:
        match mark:
            case {"type": "rectangle", "data": [x1, y1, x2, y2]}:
                regions.append(_written(x1, y1, x2, y2))
            case {"type": "point", "data": [x, y], "label": 0 | 1 as label}:
                points.append(f"{_written(x, y)},{int(label)}")
            case _:
                raise InvalidParameter(MARK)
    if len(regions) > 1:
        raise UnsupportedOption("extras: more than one rectangle is not offered")
    return grammar.region("".join(regions)), grammar.points(" ".join(points))


def _written(*numbers: Any) -> str:
    if not all(type(number) in (int, float) for number in numbers):
        raise InvalidParameter(MARK)
    return ",".join(f"{number:.6f}" for number in numbers)
