"""How remove.bg's users write Options: the parameters of its API 1.0, as text.

A parameter that is not given is not in the mapping. What cannot be done honestly is refused with
UnsupportedOption, and never ignored.
"""

import re
from collections.abc import Mapping
from typing import get_args

from cutout.contract import Channels, Edges, Format, Options
from cutout.errors import InvalidChannels, InvalidSemitransparency, InvalidShadow, UnsupportedOption

from . import text as grammar

PREFIX = "/v1.0"
SOURCES = {
    "image_file": "the picture, as a file of a form",
    "image_file_b64": "the picture, in base64",
    "image_url": "fetch the picture from here; public http and https hosts only",
    "upload_id": "what POST /v1.0/uploads has told; its result is in the bucket, too",
}
BACKDROPS = {
    "bg_image_url": "fetch the background from here; it covers the result",
    "bg_image_file": "the background, as a file of a form",
}
ALPHAS = {"alpha_file": "your own alpha, in grey, as a file of a form: nothing is predicted"}
FILES = ("image_file", "bg_image_file", "alpha_file")
PARAMETERS = {
    "size": f"the most that the result has in pixels: {', '.join(grammar.SIZES)}",
    "type": "what the subject is; accepted, and shadow_type[...] goes by it",
    "type_level": "how exactly X-Type tells it; accepted",
    "format": "auto (png, or jpg where nothing is transparent), png, jpg, webp, avif or zip",
    "roi": "look for the subject in this rectangle alone: x1 y1 x2 y2, in px or %",
    "crop": "crop to the subject",
    "crop_margin": "around what is cropped: 1, 2 or 4 values, in px or %",
    "scale": "of the subject, as a share of the canvas: 10% to 100%, or original",
    "position": "of the subject: original, center, x% or x% y%",
    "channels": "rgba, or alpha for the alpha alone",
    "add_shadow": "a car's shadow, which is not offered; see shadow_type",
    "shadow_type": "drop or none; auto is drop",
    "shadow_opacity": "0 to 100, or auto",
    "semitransparency": "true; false is not offered",
    "bg_color": "hex digits, with or without #, or a CSS name",
    # Ours.
    "bg_blur": "the photo itself behind, blurred by this share of its longer side: 0% to 10%",
    "edges": f"{', '.join(get_args(Edges))}; fast unless given",
    "frame": "what the result shows: x1 y1 x2 y2, in px or % of the photo, and beyond it, too",
    "model": "u2net or u2netp; the server's default unless given",
}
TYPES = ("auto", "person", "product", "car", "animal", "graphic", "transportation", "other")
LEVELS = ("none", "1", "2", "latest")
SHADOWS = ("auto", "car", "3D", "drop", "none")
SWITCH = ("true", "false", "1", "0")
OFF = ("false", "0")
PER_TYPE = re.compile(r"(shadow_type|shadow_opacity)\[([a-z]+)\]")
AUTO_OPACITY = 0.5

# At most, whatever is asked for: remove.bg's for PNG, but for what goes by way of the bucket; for
# AVIF, as 50 MP take 2 GB to encode.
MOST_PIXELS: dict[Format, int] = {"png": 10_000_000, "avif": 25_000_000}
BARE_HEX = re.compile("[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8}")
SEEN_THROUGH = re.compile("#(?:[0-9a-fA-F]{3}[^fF]|[0-9a-fA-F]{6}(?![fF]{2})..)")


def options(given: Mapping[str, str], has_backdrop: bool, is_upload: bool = False) -> Options:
    """Without pictures, and without what is in SOURCES, BACKDROPS and ALPHAS: those are the
    door's."""
    _check_names(given)
    channels = _channels(given)
    background = _background(given)
    blur = grammar.blur(given.get("bg_blur", ""))
    format = _format(given, channels, has_backdrop or blur > 0, background)
    crop = _switch(given, "crop")
    margin = grammar.margins(given.get("crop_margin", ""))
    _check_semitransparency(given)
    return Options(
        model=given.get("model", ""),
        roi=grammar.region(given.get("roi", "")),
        edges=grammar.edges(given.get("edges", "")),
        max_pixels=_max_pixels(given, format, is_upload),
        crop=crop,
        margin=margin if crop else None,  # remove.bg has no use for it otherwise, and no complaint
        scale=grammar.scale(given.get("scale", "")),
        position=grammar.position(given.get("position", "")),
        frame=grammar.frame(given.get("frame", "")),
        background=background,
        blur=blur,
        shadow=_shadow(given),
        format=format,
        channels=channels,
    )


def subject_type(given: Mapping[str, str]) -> str:
    """X-Type: what the caller calls it, for none are told apart here. Empty is not to be told."""
    said = _choice(given, "type", TYPES, "auto")
    level = _choice(given, "type_level", LEVELS, "1")
    return "" if level == "none" else "other" if said == "auto" else said


def _check_names(given: Mapping[str, str]) -> None:
    for name in given:
        per_type = PER_TYPE.fullmatch(name)
        if name not in PARAMETERS and not (per_type and per_type[2] in TYPES[1:]):
            raise UnsupportedOption(f"there is no parameter {grammar.quoted(name)}")


def _channels(given: Mapping[str, str]) -> Channels:
    text = given.get("channels", "rgba")
    names: tuple[Channels, ...] = ("rgba", "alpha")
    sentence = f"{grammar.quoted(text)} is neither rgba nor alpha"
    return grammar.choice("channels", text, names, InvalidChannels(sentence))


def _format(
    given: Mapping[str, str], channels: Channels, has_backdrop: bool, background: str
) -> Format:
    text = given.get("format", "auto")
    if text.lower() != "auto":
        return grammar.format(text)
    is_opaque = has_backdrop or (background and not SEEN_THROUGH.fullmatch(background))
    return "jpg" if is_opaque and channels == "rgba" else "png"


def _max_pixels(given: Mapping[str, str], format: Format, is_upload: bool) -> int:
    pixels = grammar.max_pixels(given.get("size", "preview"))
    if is_upload and format == "png":
        return pixels
    return min(pixels, MOST_PIXELS.get(format, pixels))


def _background(given: Mapping[str, str]) -> str:
    text = given.get("bg_color", "")
    if text.lower() == "transparent":
        return ""
    return f"#{text}" if BARE_HEX.fullmatch(text) else text


def _check_semitransparency(given: Mapping[str, str]) -> None:
    text = given.get("semitransparency", "true")
    error = InvalidSemitransparency(f"{grammar.quoted(text)} is neither true nor false")
    if grammar.choice("semitransparency", text, SWITCH, error) in OFF:
        raise UnsupportedOption("semitransparency=false is not offered: what is seen through stays")


def _shadow(given: Mapping[str, str]) -> float:
    """Its opacity; 0 is none."""
    subject = _choice(given, "type", TYPES, "auto")
    if _switch(given, "add_shadow") and subject in ("auto", "car"):
        raise UnsupportedOption("add_shadow is a car's shadow; shadow_type=drop is offered")
    text = _of_type(given, "shadow_type", subject) or "none"
    error = InvalidShadow(f"{grammar.quoted(text)} is none of {', '.join(SHADOWS)}")
    shadow = grammar.choice("shadow_type", text, SHADOWS, error)
    if shadow in ("car", "3D"):
        raise UnsupportedOption(f"shadow_type={shadow} is not offered; drop is")
    opacity = _of_type(given, "shadow_opacity", subject)
    chosen = AUTO_OPACITY if opacity in ("", "auto") else grammar.shadow(opacity)
    return 0 if shadow == "none" else chosen


def _of_type(given: Mapping[str, str], name: str, subject: str) -> str:
    """shadow_type[person] is for persons, and shadow_type for the rest."""
    if subject == "auto" and any(key.startswith(f"{name}[") for key in given):
        raise UnsupportedOption(f"{name}[...] needs a type with it, for none is told apart here")
    return given.get(f"{name}[{subject}]") or given.get(name, "")


def _switch(given: Mapping[str, str], name: str) -> bool:
    return _choice(given, name, SWITCH, "false") not in OFF


def _choice(given: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    return grammar.choice(name, given.get(name, default), choices)
