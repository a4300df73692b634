"""Tar files that depend on nothing but the names, modes and bytes of what they hold."""

import gzip
import io
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

Entry = tuple[str, bytes | Path, bool]  # name, content or the file that has it, is executable


def write(path: Path, entries: Iterable[Entry], mtime: int) -> None:
    """Write the entries by their names, as root's and of one time; path ends in .tar or .tar.gz."""
    with path.open("wb") as file:
        if path.suffix == ".gz":
            with compressed(file) as target:
                _write(target, entries, mtime)
        else:
            _write(file, entries, mtime)


@contextmanager
def compressed(file: IO[bytes]) -> Iterator[gzip.GzipFile]:
    """Yield a file that gzips into another one, without a name and a time in the header."""
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0) as target:
        yield target


def of_folder(folder: Path, prefix: str) -> Iterator[Entry]:
    """Yield an entry for each file below a folder, named with the prefix."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield f"{prefix}/{path.relative_to(folder).as_posix()}", path, is_executable(path)


def is_executable(path: Path) -> bool:
    return bool(path.stat().st_mode & 0o100)


def normalize(path: Path, mtime: int) -> None:
    """Write a .tar.gz anew, such as a source distribution, whose files get the time `mtime`."""
    entries: list[Entry] = []
    with tarfile.open(path) as archive:
        for member in filter(tarfile.TarInfo.isfile, archive):
            content = archive.extractfile(member)
            assert content
            entries.append((member.name, content.read(), bool(member.mode & 0o100)))
    write(path, entries, mtime)


def _write(target: IO[bytes] | gzip.GzipFile, entries: Iterable[Entry], mtime: int) -> None:
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name, content, executable in sorted(entries, key=lambda entry: entry[0]):
            info = tarfile.TarInfo(name)
            info.mtime, info.mode = mtime, 0o755 if executable else 0o644
            if isinstance(content, Path):
                info.size = content.stat().st_size
                with content.open("rb") as file:
                    archive.addfile(info, file)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
