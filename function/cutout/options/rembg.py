"""rembg's names of the options, over HTTP and on its command line, and ours beside them.

Parameters that a request leaves out are not in the mapping. As at rembg's server, unknown names are
ignored; a value that is not valid or not offered raises an error.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from cutout.errors import InvalidColour, InvalidParameter, UnsupportedOption

from . import presets, text
from .grammar import choice, quoted
from .quality import Edges
from .record import Options
from .removebg import NO_PICTURES
from .values import MOST_ERODE_PX, Picture, Point, Region, Thresholds

OWN = {
    "a": "alpha matting: the same as edges=fine",
    "af": "with a: what of the saliency map is above this, of 255, is opaque",
    "ab": "with a: what of the saliency map is below this, of 255, is gone",
    "ae": "with a: both shrink by a square of this side in px",
    "om": "only the mask, as a grey picture; with a, the refined one",
    "ppm": "post-process the mask: opened, smoothed, and hard-edged",
    "dc": "no spill of the background; done anyway, but for edges=off",
    "vm": "ViTMatte: not offered",
    "bgc": "background colour: r,g,b,a or #rrggbb or a CSS name",
    "extras": "JSON; sam_prompt's points and rectangle steer what is kept, as roi and points",
    "preset": f"a marketplace's rules for main pictures: {', '.join(presets.NAMES)}",
}
NOT_OFFERED = text.NOT_OFFERED | {"format": "rembg's response is PNG"}
RENAMED = {"channels": "om", "binary": "ppm", "background": "bgc"}
SIZE = {"max_pixels": "size"}
FIELDS = {
    SIZE.get(name, name): name for name in text.FIELDS if name not in (*NOT_OFFERED, *RENAMED)
}
PARAMETERS = {parameter: text.FIELDS[name].help for parameter, name in FIELDS.items()} | OWN

# rembg's models besides u2net and u2netp, but for those that name a file (u2net_custom).
MODELS = (
    "atlascloud", "birefnet-cod", "birefnet-dis", "birefnet-general", "birefnet-general-fp16",
    "birefnet-general-lite", "birefnet-hrsod", "birefnet-massive", "birefnet-portrait", "bria-rmbg",
    "isnet-anime", "isnet-general-use", "sam", "silueta", "u2net_cloth_seg", "u2net_human_seg",
    "withoutbg",
)  # fmt: skip
OF_CLOTHES = "u2net_cloth_seg"  # its result is another: three cutouts of clothes in one picture
IN_QUERY = ("bgc", "extras")  # all that rembg's server reads from the query of a POST

# rembg's server is built on pydantic, which accepts these.
TRUE, FALSE = ("1", "true", "t", "yes", "y", "on"), ("0", "false", "f", "no", "n", "off")
VITMATTE = "ViTMatte is not offered; edges=fine refines the edge by the photo"
MARK = (
    "extras: sam_prompt is a list of points, each with data [x, y] and label 1 or 0, "
    "and of one rectangle with data [x1, y1, x2, y2]"
)
BYTE = re.compile("[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5]")
DIGITS = re.compile("[0-9]{1,4}")
ALPHA_MATTING = (
    ("af", "foreground", 255),
    ("ab", "background", 255),
    ("ae", "erode_px", MOST_ERODE_PX),
)


def parse(parameters: Mapping[str, str], pictures: Mapping[str, Picture] = NO_PICTURES) -> Options:
    """Return the options that parameters mean.

    pictures are those of the request by their field (mask, alpha, backdrop). Raises a CutoutError
    for the first parameter that is not offered or not valid."""
    if _switch(parameters, "vm"):
        raise UnsupportedOption(VITMATTE)
    matting = _switch(parameters, "a")
    values = {
        name: text.parse(name, parameters.get(parameter, ""))
        for parameter, name in FIELDS.items()
        if name not in ("roi", "points", "edges", "thresholds")
    }
    roi, points = hints(*(parameters.get(name, "") for name in ("roi", "points", "extras")))
    decontaminate = _switch(parameters, "dc")
    values |= pictures
    options = Options(
        **values,
        roi=roi,
        points=points,
        edges=edges(parameters.get("edges", ""), matting, decontaminate),
        thresholds=thresholds(parameters, matting),
        binary=_switch(parameters, "ppm"),
        background=colour(parameters.get("bgc", "")),
        channels="alpha" if _switch(parameters, "om") else "rgba",
    )
    if preset := parameters.get("preset", ""):
        named = FIELDS | {parameter: name for name, parameter in RENAMED.items()}
        sent = {name for parameter, name in named.items() if parameters.get(parameter)}
        return replace(presets.apply(preset, options, sent), format="png")
    return options


def generate(options: Options) -> dict[str, str]:
    """Return the parameters that mean the options, without the pictures: the inverse of parse.

    Raises UnsupportedOption for an option without a parameter."""
    parameters: dict[str, str] = {}
    for name, value in text.changed(options, NOT_OFFERED):
        parameter = RENAMED.get(name) or SIZE.get(name, name)
        parameters[parameter] = "true" if name == "channels" else text.generate(name, value)
    return parameters


def substituted(here: Sequence[str]) -> list[str]:
    """Return rembg's models that another model replaces: those that are not here, or none where no
    model is here."""
    return [name for name in MODELS if here and name not in here]


def substitution(model: str, other: str) -> str:
    """Return the notice that another model replaces one of rembg's."""
    different = ", which cuts out the whole subject and not its clothes"
    return f"model={model} is not here and {other} is used" + different * (model == OF_CLOTHES)


def colour(value: str) -> str:
    """Return r,g,b,a as #rrggbbaa, and a colour in another form unchanged. Raises InvalidColour."""
    if "," not in value:
        return value
    parts = [part.strip() for part in value.split(",")]
    if len(parts) not in (3, 4) or not all(map(BYTE.fullmatch, parts)):
        raise InvalidColour(f"bgc: {quoted(value)} is not r,g,b,a with four numbers of 0 to 255")
    return "#" + "".join(f"{int(part):02x}" for part in parts)


def edges(value: str, matting: bool, decontaminate: bool) -> Edges | Literal[""]:
    """Return the edges that rembg's switches mean: fine for alpha matting, or empty for what the
    quality implies.

    Both fast and fine decontaminate, so that dc changes nothing. Raises InvalidParameter for
    switches that contradict the text."""
    chosen: Edges | Literal[""] = text.parse("edges", value)
    if decontaminate and chosen == "off":
        raise InvalidParameter("edges off leaves the colours as they are, and dc was asked for too")
    if matting and value and chosen != "fine":
        raise InvalidParameter(f"alpha matting is edges fine, and edges {chosen} was asked for too")
    return "fine" if matting else chosen


def thresholds(parameters: Mapping[str, str], matting: bool) -> Thresholds | None:
    """Return the thresholds of alpha matting, or None if the request has none of af, ab and ae.

    Without them the uncertainty of the saliency map itself decides, which is the better edge."""
    values = {
        field: _number(name, parameters[name], most)
        for name, field, most in ALPHA_MATTING
        if parameters.get(name, "")
    }
    known: Thresholds | None = text.parse("thresholds", parameters.get("thresholds", ""))
    if known and matting and values:
        raise InvalidParameter("thresholds has values, and af, ab or ae has others; send one")
    return Thresholds(**values) if matting and values else known


def hints(roi: str, points: str, extras: str) -> tuple[Region | None, tuple[Point, ...]]:
    """Return the region and the points of a request: ours, or those of rembg's sam_prompt."""
    if not extras:
        return text.parse("roi", roi), text.parse("points", points)
    if roi or points:
        raise InvalidParameter("extras has hints, and roi or points has others; send one of them")
    return _prompt(_sam_prompt(extras))


def _switch(parameters: Mapping[str, str], name: str) -> bool:
    value = parameters.get(name, "")
    return bool(value) and choice(name, value, (*TRUE, *FALSE)) in TRUE


def _number(name: str, value: str, most: int) -> int:
    if not DIGITS.fullmatch(value) or int(value) > most:
        raise InvalidParameter(f"{name}: {quoted(value)} is not a whole number of 0 to {most}")
    return int(value)


def _sam_prompt(extras: str) -> Any:
    try:
        parsed = json.loads(extras)
    except (ValueError, RecursionError) as error:
        raise InvalidParameter(f"extras: {quoted(extras)} is not JSON") from error
    if not isinstance(parsed, dict):
        raise InvalidParameter(f"extras: {quoted(extras)} is not an object")
    for name in parsed:
        if name != "sam_prompt":
            raise UnsupportedOption(f"extras: {quoted(name)} is not offered, sam_prompt alone is")
    return parsed.get("sam_prompt", [])


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
    return text.parse("roi", "".join(regions)), text.parse("points", " ".join(points))


def _written(*numbers: Any) -> str:
    if not all(type(number) in (int, float) for number in numbers):
        raise InvalidParameter(MARK)
    try:
        return ",".join(f"{number:.6f}" for number in numbers)
    except OverflowError as error:
        raise InvalidParameter(MARK) from error
