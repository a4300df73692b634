"""Files that commands read and write: the pictures of options, and cutouts."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from cutout.errors import UnreadablePicture
from cutout.options import command_line, text
from cutout.options.record import Options


def read_options(arguments: Namespace, format: str = "") -> Options:
    """Convert a command's arguments to options, with the contents of the files that they name.

    format is the suffix of the output's name. Raises a CutoutError, or an OSError for a file that
    cannot be read.
    """
    paths = {name: path for name in text.PICTURES if (path := getattr(arguments, name))}
    pictures = {name: _read(path) for name, path in paths.items()}
    return command_line.parse(arguments, pictures, format)


def _read(path: str) -> bytes:
    data = Path(path).read_bytes()
    if not data:
        raise UnreadablePicture(f"{path}: the file is empty")
    return data


def write_whole(path: Path, data: bytes) -> None:
    """Write the whole file or nothing: an interrupted command leaves no half-written cutout."""
    path = path.resolve()  # keeps a symbolic link and writes its target
    if path.exists() and not path.is_file():
        with errors_naming(str(path)):
            path.write_bytes(data)  # a device or a pipe cannot be replaced
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid4().hex}.part")
    try:
        with errors_naming(str(path)):
            part.write_bytes(data)
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def errors_naming(name: str) -> Iterator[None]:
    """Put this name into an OSError of the block: that of a full disk has none, others have that of
    the temporary file."""
    try:
        yield
    except OSError as error:
        error.filename = name
        raise
