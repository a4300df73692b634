"""The command line's flags of the options, rembg's among them."""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cutout.errors import MultipleBackgrounds

from . import grammar, presets, rembg, text
from .record import Options
from .values import Picture

HINTS = ("roi", "points", "mask", "alpha")  # of one photo, and of no folder of them
NAMES = {"max_pixels": "--size", "channels": "--channels", "model": "-m --model",
         "binary": "--binary -ppm --post-process-mask"}  # fmt: skip
SWITCHES = [name for name in text.FIELDS if isinstance(getattr(Options, name), bool)]
# rembg's flags, by the names of its HTTP parameters.
REMBG: Mapping[str, tuple[str, str]] = {
    "a": ("-a --alpha-matting", ""),
    "af": ("-af --alpha-matting-foreground-threshold", "N"),
    "ab": ("-ab --alpha-matting-background-threshold", "N"),
    "ae": ("-ae --alpha-matting-erode-size", "N"),
    "dc": ("-dc --decontaminate", ""),
    "vm": ("-vm --vitmatte", ""),
    "om": ("-om --only-mask", ""),
    "extras": ("-x --extras", "JSON"),
}


def add_flags(parser: ArgumentParser, with_hints: bool) -> None:
    """Add the flags of all options to the parser, in groups; parse() reads their values."""
    groups = {
        group: parser.add_argument_group(group)
        for group in (text.KEPT, text.EDGE, text.PLACE, text.BEHIND, text.FILE)
    }
    for name, field in {**text.FIELDS, **text.PICTURES}.items():
        if name in text.NOT_OFFERED or (name in HINTS and not with_hints):
            parser.set_defaults(**{name: ""})
            continue
        names = NAMES.get(name, f"--{name.replace('_', '-')}").split()
        help = (field.help + _default(name, field.help)).replace("%", "%%")
        if name in SWITCHES:
            groups[field.group].add_argument(*names, dest=name, action="store_true", help=help)
        else:
            groups[field.group].add_argument(
                *names, dest=name, default="", metavar=field.metavar, help=help
            )
    groups[text.BEHIND].add_argument(
        "-bgc", "--bgcolor", dest="bgc", nargs=4, default="", metavar="N",
        help="the same as --background, as red green blue alpha of 255",
    )  # fmt: skip
    groups[text.FILE].add_argument(
        "--preset", default="", metavar="|".join(presets.NAMES), help=rembg.OWN["preset"]
    )
    others = parser.add_argument_group("rembg's")
    for name, (flags, metavar) in REMBG.items():
        if name == "extras" and not with_hints:
            parser.set_defaults(extras="")
            continue
        takes: dict[str, Any] = {"metavar": metavar, "default": ""} if metavar else SWITCH
        others.add_argument(*flags.split(), dest=name, help=rembg.OWN[name], **takes)


def _default(name: str, help: str) -> str:
    """Return the end of a help text that names the default of a choice, unless it does already."""
    default = getattr(Options, name)
    is_named = "default" in help or "unless given" in help
    return f" (default: {default})" if default and isinstance(default, str) and not is_named else ""


SWITCH: dict[str, Any] = {"action": "store_const", "const": "true", "default": ""}


def parse(arguments: Namespace, pictures: Mapping[str, Picture], format: str = "") -> Options:
    """Return the options that flags mean.

    pictures are the contents of the files that flags name, by their field; format is the suffix of
    the output, which counts if no flag names a format. Raises a CutoutError for the first flag that
    is not offered or not valid."""
    if arguments.background and arguments.bgc:
        raise MultipleBackgrounds("--background and -bgc are the same; give one of them")
    parameters = {parameter: _text(arguments, name) for parameter, name in rembg.FIELDS.items()}
    parameters |= {name: getattr(arguments, name) for name in REMBG}
    parameters |= {
        "crop": "true" if arguments.crop or arguments.margin else "",
        "ppm": _text(arguments, "binary"),
        "bgc": arguments.background or ",".join(arguments.bgc),
    }
    if arguments.channels and grammar.channels(arguments.channels) == "alpha":
        parameters["om"] = "true"
    options = rembg.parse(parameters, pictures)
    if arguments.preset:
        sent = {name for name in text.FIELDS if getattr(arguments, name)}
        options = presets.apply(arguments.preset, options, sent)
    # Last, for a preset cannot tell a format that was asked for from the default.
    format = arguments.format or format
    return replace(options, format=grammar.format(format)) if format else options


def generate(options: Options, files: Mapping[str, str]) -> list[str]:
    """Return the flags that mean the options: the inverse of parse.

    files are the paths of the pictures by their field. Raises UnsupportedOption for an option
    without a flag."""
    words = [f"--{name}={path}" for name, path in files.items()]
    for name, value in text.changed(options, text.NOT_OFFERED):
        flag = NAMES.get(name, f"--{name.replace('_', '-')}").split()[-1]
        words.append(flag if name in SWITCHES else f"{flag}={text.generate(name, value)}")
    return words


def _text(arguments: Namespace, name: str) -> str:
    value = getattr(arguments, name)
    return str(value).lower() if isinstance(value, bool) and value else value or ""
