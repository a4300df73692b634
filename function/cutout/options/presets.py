"""What marketplaces ask of a main picture, as data."""

from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from cutout.contract import Options, Size
from cutout.errors import UnknownPreset

FILE = Path(__file__).with_name("presets.toml")


def apply(name: str, options: Options) -> Options:
    """What the options leave at its default becomes the preset's; what they ask for stays."""
    preset = _read().get(name.lower())
    if preset is None:
        raise UnknownPreset(f"{name[:40]!r} is none of {', '.join(names())}")
    wanted = {
        "canvas": Size(*preset["canvas"]),
        "scale": preset["fill"],
        "background": preset["background"],
        "format": preset["format"],
    }
    if options.backdrop or options.blur:  # there is one background only
        del wanted["background"]
    return replace(options, **{field: wanted[field] for field in _open(options) & wanted.keys()})


def names() -> list[str]:
    return sorted(_read())


def _open(options: Options) -> set[str]:
    return {
        field.name for field in fields(options) if getattr(options, field.name) == field.default
    }


@cache
def _read() -> dict[str, dict[str, Any]]:
    import tomllib  # here, so that a call without a preset starts without it

    return tomllib.loads(FILE.read_text())
