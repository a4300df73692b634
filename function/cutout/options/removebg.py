"""remove.bg's names of the options: the parameters of its API 1.0, as text, and ours beside them.

Parameters that a request leaves out are not in the mapping. An unknown parameter raises
UnsupportedOption; none is ignored. Where Cutout does otherwise than remove.bg, notices() says so.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cutout.errors import InvalidSemitransparency, InvalidShadow, UnsupportedOption
from cutout.picture import Format

from . import grammar, presets, text
from .grammar import choice, quoted
from .record import Options
from .values import Picture

PREFIX = "/v1.0"
NO_PICTURES: Mapping[str, Picture] = {}

# The parameters of fields that have another name at remove.bg, or that follow its names.
NAMES = {"max_pixels": "size", "margin": "crop_margin", "background": "bg_color", "blur": "bg_blur"}
# What remove.bg alone has, or has in its own way.
OWN = {
    "type": "what the subject is; accepted, and shadow_type[...] goes by it",
    "type_level": "how exactly X-Type tells it; accepted",
    "format": "auto (png, or jpg where nothing is transparent), png, jpg, webp, avif or zip",
    "add_shadow": "for type=car, the same as shadow_type=car; other subjects get no shadow",
    "shadow_method": "latest or legacy, of add_shadow; accepted, and changes nothing",
    "shadow_type": "drop or none; auto, car and 3D are drop",
    "shadow_opacity": "0 to 100, or auto",
    "semitransparency": "true, or false, which is opaque_interior=true",
    "bg_color": "hex digits, with or without #, or a CSS name",
    "preset": f"a marketplace's rules for main pictures: {', '.join(presets.NAMES)}",
}
FIELDS = {NAMES.get(name, name): name for name in text.FIELDS if name not in text.NOT_OFFERED}
del FIELDS["shadow"]  # see shadow_type and shadow_opacity
PARAMETERS = {parameter: text.FIELDS[name].help for parameter, name in FIELDS.items()} | OWN

TYPES = ("auto", "person", "product", "car", "animal", "graphic", "transportation", "other")
LEVELS = ("none", "1", "2", "latest")
SHADOWS = ("auto", "car", "3D", "drop", "none")
METHODS = ("latest", "legacy")
SWITCH = ("true", "false", "1", "0")
OFF = ("false", "0")
PER_TYPE = re.compile(r"(shadow_type|shadow_opacity)\[([a-z]+)\]")
AUTO_OPACITY = 0.5
DEFAULTS = {"size": "preview"}

# The most pixels of a result: remove.bg's for PNG, where the picture is in the answer; for AVIF, as
# 50 MP take 2 GB to encode.
MOST_PIXELS: dict[Format, int] = {"png": 10_000_000, "avif": 25_000_000}
BARE_HEX = re.compile("[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}")
SEEN_THROUGH = re.compile("#(?:[0-9a-fA-F]{3}[^fF]|[0-9a-fA-F]{6}(?![fF]{2})..)")


def parse(parameters: Mapping[str, str], pictures: Mapping[str, Picture] = NO_PICTURES) -> Options:
    """Return the options that parameters mean.

    pictures are those of the request by their field (mask, alpha, backdrop). Raises a CutoutError
    with remove.bg's code for the first parameter that is unknown, not offered or not valid."""
    _check_names(parameters)
    _choice(parameters, "shadow_method", METHODS, "latest")
    values = {
        name: text.parse(name, value)
        for parameter, name in FIELDS.items()
        if (value := _value(parameters, parameter))
    }
    values |= pictures
    if not _is_semitransparent(parameters):
        values["opaque_interior"] = True
    if not values.get("crop"):  # remove.bg ignores a margin without a crop
        values.pop("margin", None)
    values["shadow"] = _shadow(parameters)
    values["format"] = _format(parameters, values)
    options = Options(**values)
    if not (preset := parameters.get("preset", "")):
        return options
    is_auto = (parameters.get("format") or "auto").lower() == "auto"
    sent = {name for parameter, name in FIELDS.items() if parameters.get(parameter)}
    if is_auto:
        return presets.apply(preset, replace(options, format="png"), sent - {"format"})
    return presets.apply(preset, options, sent)


def generate(options: Options) -> dict[str, str]:
    """Return the parameters that mean the options, without the pictures: the inverse of parse.

    Raises UnsupportedOption for an option without a parameter."""
    parameters = {"size": "0", "format": options.format}
    for name, value in text.changed(options, text.NOT_OFFERED):
        if name == "shadow":
            parameters |= {"shadow_type": "drop", "shadow_opacity": text.generate(name, value)}
        else:
            parameters[NAMES.get(name, name)] = text.generate(name, value)
    return parameters


def notices(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each valid parameter that Cutout honours otherwise than remove.bg."""
    return tuple(_notices(parameters))


def check_strictly(parameters: Mapping[str, str]) -> None:
    """Raise UnsupportedOption with the first notice, where there is one."""
    for notice in notices(parameters):
        raise UnsupportedOption(notice)


def _notices(parameters: Mapping[str, str]) -> Iterator[str]:
    subject = _choice(parameters, "type", TYPES, "auto")
    if subject == "auto" and _is_shadow_added(parameters):
        yield "add_shadow: no shadow is added, as that is for cars and type is not car"
    if subject == "auto" and any(PER_TYPE.fullmatch(name) for name in parameters):
        yield (
            "shadow_type[...] and shadow_opacity[...] go by the type of the request, which has "
            "none, as Cutout does not classify subjects"
        )
    shadow = _shadow_type(parameters, subject)
    if shadow in ("car", "3D"):
        yield f"shadow_type={shadow}: a drop shadow is made, as there is no other kind"
    if not _is_semitransparent(parameters):
        yield (
            "semitransparency=false: all that is see-through inside of the subject is made "
            "opaque, as Cutout does not recognize glass"
        )


def within_limits(options: Options, in_bucket: bool) -> Options:
    """Return the options with max_pixels lowered to what the format allows.

    in_bucket says that the bucket holds the result, where the response need not."""
    if in_bucket and options.format == "png":
        return options
    most = MOST_PIXELS.get(options.format, 0)
    if not most or 0 < options.max_pixels <= most:
        return options
    return replace(options, max_pixels=most)


def subject_type(parameters: Mapping[str, str]) -> str:
    """Return the value of X-Type, empty for none: the type that the caller named, since Cutout does
    not classify subjects."""
    said = _choice(parameters, "type", TYPES, "auto")
    level = _choice(parameters, "type_level", LEVELS, "1")
    return "" if level == "none" else "other" if said == "auto" else said


def _check_names(parameters: Mapping[str, str]) -> None:
    for name in parameters:
        per_type = PER_TYPE.fullmatch(name)
        if name not in PARAMETERS and not (per_type and per_type[2] in TYPES[1:]):
            raise UnsupportedOption(f"there is no parameter {quoted(name)}")


def _value(parameters: Mapping[str, str], name: str) -> str:
    value = parameters.get(name, "") or DEFAULTS.get(name, "")
    if name == "bg_color":
        return "" if value.lower() == "transparent" else _colour(value)
    return "" if name == "format" else value


def _colour(value: str) -> str:
    return f"#{value}" if BARE_HEX.fullmatch(value) else value


def _format(parameters: Mapping[str, str], values: Mapping[str, Any]) -> Format:
    value = parameters.get("format") or "auto"
    if value.lower() != "auto":
        return grammar.format(value)
    background = values.get("background", "")
    is_opaque = (
        values.get("backdrop")
        or values.get("blur")
        or (background and not SEEN_THROUGH.fullmatch(background))
    )
    return "jpg" if is_opaque and values.get("channels", "rgba") == "rgba" else "png"


def _is_semitransparent(parameters: Mapping[str, str]) -> bool:
    value = parameters.get("semitransparency", "true")
    error = InvalidSemitransparency(f"{quoted(value)} is neither true nor false")
    return choice("semitransparency", value, SWITCH, error) not in OFF


def _shadow(parameters: Mapping[str, str]) -> float:
    """The shadow's opacity; 0 is none."""
    subject = _choice(parameters, "type", TYPES, "auto")
    shadow = _shadow_type(parameters, subject)
    opacity = _of_type(parameters, "shadow_opacity", subject)
    chosen = AUTO_OPACITY if opacity in ("", "auto") else grammar.shadow(opacity)
    return 0 if shadow == "none" else chosen


def _shadow_type(parameters: Mapping[str, str], subject: str) -> str:
    is_added = _is_shadow_added(parameters) and subject == "car"
    value = _of_type(parameters, "shadow_type", subject) or ("car" if is_added else "none")
    error = InvalidShadow(f"{quoted(value)} is none of {', '.join(SHADOWS)}")
    return choice("shadow_type", value, SHADOWS, error)


def _is_shadow_added(parameters: Mapping[str, str]) -> bool:
    return _choice(parameters, "add_shadow", SWITCH, "false") not in OFF


def _of_type(parameters: Mapping[str, str], name: str, subject: str) -> str:
    """Return the value for a subject: shadow_type[person] is for persons, shadow_type for the rest.

    An unknown subject counts among the rest, or else as the first type that has not none."""
    rest = parameters.get(name, "")
    if subject != "auto":
        return parameters.get(f"{name}[{subject}]") or rest
    values = [value for key, value in parameters.items() if key.startswith(f"{name}[")]
    shown = [value for value in values if value.lower() != "none"]
    return next(filter(None, [rest, *shown, *values]), "")


def _choice(
    parameters: Mapping[str, str], name: str, choices: tuple[str, ...], default: str
) -> str:
    return choice(name, parameters.get(name, default), choices)
