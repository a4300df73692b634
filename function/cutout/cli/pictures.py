"""The options of a command line, with the contents of the files that it names."""

from argparse import Namespace
from pathlib import Path

from cutout.errors import UnreadablePicture
from cutout.options import command_line, text
from cutout.options.record import Options


def options(arguments: Namespace, format: str = "") -> Options:
    """Raises a CutoutError, and an OSError for a file that cannot be read. format is what the name
    of the output says."""
    files = {name: path for name in text.PICTURES if (path := getattr(arguments, name))}
    pictures = {name: _read(path) for name, path in files.items()}
    return command_line.parse(arguments, pictures, format)


def _read(path: str) -> bytes:
    data = Path(path).read_bytes()
    if not data:
        raise UnreadablePicture(f"{path}: the file is empty")
    return data
