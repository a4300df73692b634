"""Downloads or builds a model at its first use in an installed distribution."""

import sys
from contextlib import redirect_stdout
from pathlib import Path

from cutout import installation
from cutout.errors import ModelsMissing

from .catalogue import Entry


def find(entry: Entry, address: str) -> Path:
    """The path of the model, which is downloaded from `address`, or built where there is none.

    Raises ModelsMissing or InvalidSetting.
    """
    try:
        if not entry.built.exists():
            _obtain(entry, address)
    except OSError as error:
        raise ModelsMissing(
            f"{entry.name} cannot be kept in {error.filename or entry.built.parent} "
            f"({error.strerror}); XDG_CACHE_HOME sets another cache folder"
        ) from error
    return entry.built


def _obtain(entry: Entry, address: str) -> None:
    # Here and not above: each run imports this module, and few download or build.
    from . import release

    if address:
        release.download(entry, address)
    elif installation.has_extra("build"):
        from .building import build

        print(f"{entry.name}: no address to download it from; building it", file=sys.stderr)
        with redirect_stdout(sys.stderr):  # standard output may be the picture's
            build([entry])
    else:
        raise ModelsMissing(
            f"{entry.name} is not on this machine, and there is no release to download it from; "
            f"{release.BUILD_INSTEAD}"
        )
