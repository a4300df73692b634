"""The user's cache folder, for the original networks and for downloaded or built ones."""

import os
from collections.abc import Mapping
from pathlib import Path

from cutout.errors import ModelsMissing


def cache_folder(env: Mapping[str, str] = os.environ) -> Path:
    return Path(env.get("XDG_CACHE_HOME") or _home() / ".cache") / "cutout"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise ModelsMissing(
            "this user has no home folder to keep models in; set XDG_CACHE_HOME to a folder"
        ) from error
