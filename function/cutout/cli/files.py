"""Files that commands read and write: photos, the pictures of options, and cutouts."""

import os
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EINVAL, ELOOP, ENOTDIR
from io import BufferedReader
from pathlib import Path
from stat import S_ISREG
from uuid import uuid4

from cutout.errors import FileTooLarge, UnreadablePicture
from cutout.options import command_line, text
from cutout.options.record import Options

BLOCK_BYTES = 1024 * 1024
FOLDER = os.O_RDONLY | os.O_DIRECTORY


def read_options(arguments: Namespace, max_bytes: int, format: str = "") -> Options:
    """Convert a command's arguments to options, with the contents of the files that they name, each
    of at most max_bytes.

    format is the suffix of the output's name. Raises a CutoutError, or an OSError for a file that
    cannot be read.
    """
    paths = {name: path for name in text.PICTURES if (path := getattr(arguments, name))}
    pictures = {name: _read_picture(path, max_bytes) for name, path in paths.items()}
    return command_line.parse(arguments, pictures, format)


def _read_picture(path: str, max_bytes: int) -> bytes:
    with Path(path).open("rb") as file:
        data = read_at_most(file, max_bytes)
    if not data:
        raise UnreadablePicture(f"{path}: the file is empty")
    return data


def read_regular(path: Path, max_bytes: int) -> bytes:
    """Read a file that nobody named on the command line. Raises FileTooLarge, and an OSError for a
    pipe or a device, which might never end."""

    def open_at_once(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NONBLOCK)  # a pipe without a writer would make it wait

    with open(path, "rb", opener=open_at_once) as file:
        if not S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(EINVAL, "not a regular file", str(path))
        return read_at_most(file, max_bytes)


def read_at_most(file: BufferedReader, max_bytes: int) -> bytes:
    """Read a file or a pipe to its end. Raises FileTooLarge, before reading if the size is known.

    A sparse file may claim terabytes, and a file may grow while it is read.
    """
    if os.fstat(file.fileno()).st_size > max_bytes:
        raise _too_large(max_bytes)
    data = bytearray()
    while block := file.read1(BLOCK_BYTES):
        data += block
        if len(data) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(data)


def _too_large(max_bytes: int) -> FileTooLarge:
    return FileTooLarge(f"more than the {max_bytes:,} bytes allowed (CUTOUT_MAX_BYTES)")


def write_whole(path: Path, data: bytes) -> None:
    """Write the whole file or nothing: an interrupted command leaves no half-written cutout.

    For a path that the user named: where it is a symbolic link, its target is written.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with errors_naming(str(path)):
            path.write_bytes(data)  # a device or a pipe cannot be replaced
        return
    write_inside(path.parent, path, data)


def write_inside(folder: Path, path: Path, data: bytes) -> None:
    """Write the whole file or nothing, to a path under folder that the user did not name.

    No symbolic link below the folder is followed (CWE-59): one that has the file's name is
    replaced, one in place of a folder is an OSError.
    """

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, 0o666, dir_fd=parent)

    *folders, name = path.relative_to(folder).parts
    with errors_naming(str(path)), _opened(folder, folders) as parent:
        part = f".{uuid4().hex}.part"
        try:
            with open(part, "xb", opener=opener) as file:
                file.write(data)
            os.replace(part, name, src_dir_fd=parent, dst_dir_fd=parent)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part, dir_fd=parent)


@contextmanager
def _opened(folder: Path, below: Sequence[str]) -> Iterator[int]:
    """Open the innermost of the folders below `folder`, and make those that are missing.

    Yields its descriptor. A path would be resolved again at each use, with links made meanwhile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    current = os.open(folder, FOLDER)
    try:
        for name in below:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=current)
            inner = _open_folder(name, current)
            os.close(current)
            current = inner
        yield current
    finally:
        os.close(current)


def _open_folder(name: str, parent: int) -> int:
    try:
        return os.open(name, FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    except OSError as error:
        if error.errno in (ELOOP, ENOTDIR):  # Linux and macOS differ about a link
            raise OSError(ELOOP, "a link or a file is where a folder has to be") from error
        raise


@contextmanager
def errors_naming(name: str) -> Iterator[None]:
    """Put this name into an OSError of the block: that of a full disk has none, others have that of
    the temporary file."""
    try:
        yield
    except OSError as error:
        error.filename = name
        raise
