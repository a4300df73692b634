"""`cutout photo.jpg`: make the cutout of one photo."""

from argparse import Namespace
from errno import EEXIST
from pathlib import Path

from cutout import engines
from cutout.config import Settings
from cutout.errors import CutoutError

from .console import print_error
from .files import errors_naming, read_at_most, read_options, write_inside, write_whole

STDIN, STDOUT = 0, 1


def run(arguments: Namespace) -> int:
    try:
        settings = Settings.from_env()
        options = read_options(arguments, settings.max_bytes, _format_of(arguments.output))
        photo = _read(arguments.photo, settings.max_bytes)
        output = arguments.output or _default_output(arguments.photo, options.format)
        _check_output(arguments.photo, output)
        engine = engines.engine(settings, options)
        result = engine.remove_background(photo, options)
        _write(output, result.data, is_named=bool(arguments.output))
    except (CutoutError, OSError) as error:
        return print_error(error, arguments.photo)
    return 0


def _check_output(photo: str, output: str) -> None:
    if "-" not in (photo, output) and Path(output).exists() and Path(output).samefile(photo):
        raise FileExistsError(EEXIST, "the output has to be another file than the photo", output)


def _read(photo: str, max_bytes: int) -> bytes:
    is_stdin = photo == "-"
    with open(STDIN if is_stdin else Path(photo), "rb", closefd=not is_stdin) as file:
        return read_at_most(file, max_bytes)


def _write(output: str, data: bytes, is_named: bool) -> None:
    path = Path(output)
    if output != "-":
        return write_whole(path, data) if is_named else write_inside(path.parent, path, data)
    # Not sys.stdout, which would write its buffer, and lose an error, when Python exits.
    with errors_naming("standard output"), open(STDOUT, "wb", closefd=False) as file:
        file.write(data)


def _default_output(photo: str, format: str) -> str:
    return "-" if photo == "-" else str(Path(photo).with_suffix(f".cutout.{format}"))


def _format_of(output: str | None) -> str:
    return Path(output or "").suffix.lower().removeprefix(".")
