"""Quantized networks: downloaded from a release, or built, at their first use."""

import sys
from contextlib import redirect_stdout
from pathlib import Path

from cutout import installation
from cutout.errors import InvalidSetting, ModelsMissing

from .catalogue import Entry, folder

# What downloads or builds is imported inside the functions: each run of an installed Cutout imports
# this module, and few download or build.

BUILD_INSTEAD = 'build it here: `pip install "cutout-bg[build]"`, then `cutout models build`'


def find(entry: Entry, address: str) -> Path:
    """Return the path of the model. A missing one is downloaded from `address`, or built if that
    is empty.

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


def download(entry: Entry, address: str) -> None:
    """Download the network to entry.built from a release, whose folder is at `address`.

    Raises ModelsMissing, InvalidSetting, or an OSError of the file system.
    """
    from .download import download, is_allowed
    from .lock import exclusive

    entry.built.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(folder()):
        if entry.is_pinned():  # another process, which had the lock, has downloaded it
            return
        url = f"{address.rstrip('/')}/{entry.built.name}"
        if not is_allowed(url):
            raise InvalidSetting(
                "CUTOUT_MODELS_URL: models come by https, or by http from this machine; "
                f"not from {url}"
            )
        try:
            download(url, entry.built, entry.built_bytes, entry.built_sha256)
        except ModelsMissing as error:
            raise ModelsMissing(f"{error}; or {BUILD_INSTEAD}") from error
        entry.stamp.unlink(missing_ok=True)  # of a build that the download replaces


def _obtain(entry: Entry, address: str) -> None:
    if address:
        download(entry, address)
    elif installation.has_extra("build"):
        from .build import build

        print(f"{entry.name}: no address to download it from; building it", file=sys.stderr)
        with redirect_stdout(sys.stderr):  # standard output may be the picture's
            build([entry])
    else:
        raise ModelsMissing(
            f"{entry.name} is not on this machine, and there is no release to download it from; "
            f"{BUILD_INSTEAD}"
        )
