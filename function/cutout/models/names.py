"""Names and paths of a person's own models."""

import re
from pathlib import Path

from cutout.errors import InvalidParameter

from . import catalogue

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")  # of a file, and in an HTTP header


def new_path(folder: Path, name: str, overwrite: bool = False) -> Path:
    """Return the path of a new model in a folder.

    Raises InvalidParameter for a name that is malformed, one of Cutout's own models', or taken;
    `overwrite` allows a name that is taken.
    """
    if not NAME.fullmatch(name):
        raise InvalidParameter(
            f"--name is 1 to 40 of A to Z, a to z, 0 to 9, . _ and -; not {name[:50]!r}"
        )
    if name.lower() in {entry.name for entry in catalogue.load()}:
        raise InvalidParameter(f"--name: {name} is one of Cutout's own models")
    path = folder / f"{name}.onnx"
    if path.exists() and not overwrite:
        raise InvalidParameter(
            f"--name: there is a model {name} already, {path}; --overwrite replaces it"
        )
    return path
