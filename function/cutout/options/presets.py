"""Presets: what marketplaces ask of a main picture, as data."""

from collections.abc import Collection
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from cutout.errors import UnknownPreset
from cutout.picture import Size

from .record import Options

FILE = Path(__file__).with_name("presets.toml")
NAMES = ("amazon", "ebay", "google", "shopify", "walmart")  # so that a start reads no file


def apply(name: str, options: Options, sent: Collection[str] = ()) -> Options:
    """Return the options with the preset's values in fields that have their default.

    sent are the fields that a request names itself, which keep their values. Raises UnknownPreset.
    """
    preset = _read().get(name.lower())
    if preset is None:
        raise UnknownPreset(f"{name[:40]!r} is none of {', '.join(NAMES)}")
    wanted = {
        "canvas": Size(*preset["canvas"]),
        "scale": preset["fill"],
        "background": preset["background"],
        "format": preset["format"],
    }
    if options.backdrop or options.blur:  # there is one background only
        del wanted["background"]
    return replace(
        options, **{field: wanted[field] for field in _open(options) & wanted.keys() - set(sent)}
    )


def _open(options: Options) -> set[str]:
    return {
        field.name for field in fields(options) if getattr(options, field.name) == field.default
    }


@cache
def _read() -> dict[str, dict[str, Any]]:
    import tomllib  # here, so that a call without a preset starts without it

    return tomllib.loads(FILE.read_text())
