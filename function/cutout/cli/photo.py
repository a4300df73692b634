"""`cutout photo.jpg`: make the cutout of one photo."""

from argparse import Namespace
from errno import EEXIST
from pathlib import Path

from cutout import bootstrap
from cutout.config import Settings
from cutout.errors import CutoutError

from .console import print_error
from .files import errors_naming, read_options, write_whole

STDIN, STDOUT = 0, 1


def run(arguments: Namespace) -> int:
    try:
        options = read_options(arguments, _format_of(arguments.output))
        engine = bootstrap.engine(Settings.from_env())
        engine.check(options)
        photo = _read(arguments.photo)
        output = arguments.output or _default_output(arguments.photo, options.format)
        _check_output(arguments.photo, output)
        result = engine.remove_background(photo, options)
        _write(output, result.data)
    except (CutoutError, OSError) as error:
        return print_error(error, arguments.photo)
    return 0


def _check_output(photo: str, output: str) -> None:
    if "-" not in (photo, output) and Path(output).exists() and Path(output).samefile(photo):
        raise FileExistsError(EEXIST, "the output has to be another file than the photo", output)


def _read(photo: str) -> bytes:
    if photo != "-":
        return Path(photo).read_bytes()
    with open(STDIN, "rb", closefd=False) as file:
        return file.read()


def _write(output: str, data: bytes) -> None:
    if output != "-":
        return write_whole(Path(output), data)
    # Not sys.stdout, which would write its buffer, and lose an error, when Python exits.
    with errors_naming("standard output"), open(STDOUT, "wb", closefd=False) as file:
        file.write(data)


def _default_output(photo: str, format: str) -> str:
    return "-" if photo == "-" else str(Path(photo).with_suffix(f".cutout.{format}"))


def _format_of(output: str | None) -> str:
    return Path(output or "").suffix.lower().removeprefix(".")
