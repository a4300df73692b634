"""Where the cutouts of a command line are written, and which files they must not replace."""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from errno import EEXIST, ENOTDIR
from pathlib import Path

from cutout.errors import InvalidParameter

from .files import errors_naming, write_inside, write_whole
from .inputs import Photo

STDOUT = 1


def format_of(output: str | None) -> str:
    """Return the suffix of an output that names one file, without its dot."""
    is_file = output and output != "-" and not _is_folder(output)
    return Path(output).suffix.lower().removeprefix(".") if output and is_file else ""


class Outputs:
    """The output of each photo."""

    def __init__(self, photos: Sequence[Photo], arguments: Namespace, format: str) -> None:
        """Raises InvalidParameter where two photos would be written to one file, and OSError where
        an output exists that the arguments do not allow to replace."""
        self._named: str | None = arguments.output
        self._overwrite, self._force = arguments.overwrite, arguments.force
        self._photos = {_identity(photo.path) for photo in photos if not photo.is_url} - {None}
        named = self._named
        if named and len(photos) > 1 and not _is_folder(named):
            raise InvalidParameter(
                f"-o {named}: {len(photos)} photos need a folder; write {named}/ for one"
            )
        if named and _is_folder(named) and Path(named).is_file():
            raise NotADirectoryError(ENOTDIR, "this is a file and no folder", named)
        self._outputs = {photo: self._output(photo, format) for photo in photos}
        self._refuse_same()
        for output in self._outputs.values():
            self._check(output)

    def output_of(self, photo: Photo) -> str:
        """Return the path of the cutout of a photo, or - for standard output."""
        return self._outputs[photo]

    def _output(self, photo: Photo, format: str) -> str:
        if self._named and _is_folder(self._named):
            return str(Path(self._named, f"{photo.path.stem}.{format}"))
        if self._named:
            return self._named
        if photo.is_stdin:
            return "-"
        return str(photo.path.parent / f"{photo.path.stem}.cutout.{format}")

    def _refuse_same(self) -> None:
        first: dict[str, Photo] = {}
        for photo, output in self._outputs.items():
            other = first.setdefault(output.casefold(), photo)
            if other is not photo:
                raise InvalidParameter(
                    f"{other.name} and {photo.name} would both be written to {output}"
                )

    def _check(self, output: str) -> None:
        """Raise InvalidParameter for a terminal, and FileExistsError for a file that the arguments
        do not allow to replace."""
        if output == "-":
            return refuse_terminal()
        path = Path(output)
        if _identity(path) in self._photos:
            if not self._force:
                raise FileExistsError(EEXIST, "this is the photo; --force writes over it", output)
        elif not self._overwrite:
            refuse_existing(path, is_followed=output == self._named)

    def write(self, photo: Photo, data: bytes) -> None:
        """Write the cutout of a photo, whole or not at all. Raises OSError."""
        output = self._outputs[photo]
        self._check(output)  # again, since the file may have been made meanwhile
        path = Path(output)
        if output == "-":
            write_stdout(data)
        elif output == self._named:
            write_whole(path, data)
        else:
            write_inside(path.parent, path, data)


def refuse_existing(path: Path, is_followed: bool = True) -> None:
    """Raise FileExistsError for a file, and for a link that would be replaced, not followed."""
    if path.is_file() or (path.is_symlink() and not is_followed):
        raise FileExistsError(EEXIST, "this file exists; --overwrite replaces it", str(path))


def refuse_terminal() -> None:
    """Raise InvalidParameter if standard output is a terminal, which shows no picture."""
    if sys.stdout.isatty():
        raise InvalidParameter("standard output is a terminal; name a file with -o")


def write_stdout(data: bytes) -> None:
    """Write to standard output. Raises OSError."""
    # Not sys.stdout, which would write its buffer, and lose an error, when Python exits.
    with errors_naming("standard output"), open(STDOUT, "wb", closefd=False) as file:
        file.write(data)


def _is_folder(output: str) -> bool:
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:  # there is none, or reading it says why
        return None
    return status.st_dev, status.st_ino
