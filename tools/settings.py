"""Prints the table of settings, for docs/settings.md.

`.venv/bin/python -m tools.settings`

Names, kinds, defaults and bounds come from cutout.config, sentences from settings.toml.
"""

import tomllib
from dataclasses import Field, fields
from pathlib import Path
from typing import Any

from cutout.config import MOST, Settings

SENTENCES = Path(__file__).with_suffix(".toml")


def main() -> None:
    print(table(), end="")


def table() -> str:
    """Return the table. Raises KeyError for a setting without a sentence."""
    sentences = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    rows = "".join(_row(field, sentences[field.name]) for field in fields(Settings))
    return f"| variable | value | default | meaning |\n| --- | --- | --- | --- |\n{rows}"


def _row(field: "Field[Any]", sentence: str) -> str:
    name = f"CUTOUT_{field.name.upper()}"
    return f"| `{name}` | {_value(name, field)} | {_default(field)} | {sentence} |\n"


def _value(name: str, field: "Field[Any]") -> str:
    if isinstance(field.default, bool):
        return "`true` or `false`"
    if isinstance(field.default, int):
        return f"whole number up to {MOST[name]}" if name in MOST else "whole number"
    return "text"


def _default(field: "Field[Any]") -> str:
    if field.default == "":
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


if __name__ == "__main__":
    main()
