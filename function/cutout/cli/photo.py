"""`cutout photo.jpg`."""

from argparse import Namespace
from pathlib import Path

from cutout import bootstrap
from cutout.config import Settings
from cutout.errors import CutoutError

from . import pictures
from .complaint import complain
from .files import write_whole

STDIN, STDOUT = 0, 1


def run(given: Namespace) -> int:
    try:
        options = pictures.options(given, _format_of(given.output))
        engine = bootstrap.engine(Settings.from_env())
        engine.check(options)
        result = engine.remove_background(_read(given.photo), options)
        output = given.output or _default_output(given.photo, options.format)
        _write(output, result.data)
    except (CutoutError, OSError) as error:
        return complain(error, given.photo)
    return 0


def _read(photo: str) -> bytes:
    if photo != "-":
        return Path(photo).read_bytes()
    with open(STDIN, "rb", closefd=False) as file:
        return file.read()


def _write(output: str, data: bytes) -> None:
    if output != "-":
        return write_whole(Path(output), data)
    # Not sys.stdout, which would keep the end until Python exits and lose its error with it.
    with open(STDOUT, "wb", closefd=False) as file:
        file.write(data)


def _default_output(photo: str, format: str) -> str:
    return "-" if photo == "-" else str(Path(photo).with_suffix(f".cutout.{format}"))


def _format_of(output: str | None) -> str:
    return Path(output or "").suffix.lower().removeprefix(".")
