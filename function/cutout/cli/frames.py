"""rembg's `cutout b WIDTH HEIGHT`: make the cutouts of raw video frames from standard input."""

import re
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from cutout.config import Settings
from cutout.errors import CutoutError, InvalidParameter, MissingSource, UnreadablePicture
from cutout.options import command_line

from .console import print_error, refuse
from .files import read_options, write_whole
from .flags import Parser
from .outputs import format_of, refuse_existing, refuse_terminal, write_stdout

CHANNELS = 3  # RGB24
MOST_SIDE = 100_000  # px; CUTOUT_MAX_PIXELS is the limit of the frame
NUMBER = re.compile(r"%(0[1-9])?d")


def parser() -> Parser:
    """Return the parser of `cutout b`."""
    parser = Parser(
        prog="cutout b",
        usage="cutout b WIDTH HEIGHT [-o PATTERN] [OPTION...]",
        description="Remove the background of raw RGB24 frames from standard input, such as those"
        " of ffmpeg -i in.mp4 -f rawvideo -pix_fmt rgb24 pipe:",
    )
    parser.add_argument("width", type=_side, metavar="WIDTH", help="of each frame, in px")
    parser.add_argument("height", type=_side, metavar="HEIGHT", help="of each frame, in px")
    parser.add_argument(
        "-o",
        "--output",
        "--output_specifier",
        metavar="PATTERN",
        help="files of the results, numbered from 1, such as out/%%05d.png"
        " (default: standard output, one picture after the other)",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace files that have an output's name"
    )
    command_line.add_flags(parser, with_hints=False)
    return parser


def run(arguments: Namespace) -> int:
    """Make the cutout of each frame until standard input ends. Returns the exit code."""
    size = arguments.width, arguments.height
    frame_bytes = size[0] * size[1] * CHANNELS
    try:
        pattern = _pattern(arguments.output)
        settings = Settings.from_env()
        options = read_options(arguments, settings.max_bytes, format_of(pattern))
        # The command line names the size of a frame, and CUTOUT_MAX_PIXELS limits it.
        settings = replace(settings, max_bytes=max(settings.max_bytes, 2 * frame_bytes))
        # Imported here, because the parser needs no NumPy and no Pillow.
        from PIL import Image

        from cutout import engines

        engine = engines.engine(settings, options)
        engine.prepare(options)
    except (CutoutError, OSError) as error:
        return refuse(error)
    code, number = 0, 0
    for number, frame in enumerate(_frames(sys.stdin.buffer, frame_bytes), 1):
        try:
            if len(frame) < frame_bytes:
                raise UnreadablePicture(f"it ends after {len(frame):,} of {frame_bytes:,} bytes")
            result = engine.remove_background(Image.frombytes("RGB", size, frame), options)
            _write(pattern, number, result.data, arguments.overwrite)
        except (CutoutError, OSError) as error:  # the numbers of the other frames stay
            code = print_error(error, f"frame {number}")
    if not number:
        return print_error(MissingSource("no frame came on standard input"))
    return code


def _side(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_SIDE:
        raise ArgumentTypeError(f"{text[:40]!r} is not a number of px")
    return int(text[:9])


def _pattern(output: str | None) -> str:
    if not output or output == "-":
        refuse_terminal()
        return ""
    unescaped = output.replace("%%", "")
    if "%" in NUMBER.sub("", unescaped, count=1) or not NUMBER.search(unescaped):
        raise InvalidParameter(f"-o {output[:80]!r} has no one number such as in out/%05d.png")
    return output


def _frames(stream: BinaryIO, frame_bytes: int) -> Iterator[bytes]:
    while frame := stream.read(frame_bytes):
        yield frame


def _write(pattern: str, number: int, data: bytes, overwrite: bool) -> None:
    if not pattern:
        return write_stdout(data)
    path = Path(pattern % number)
    if not overwrite:
        refuse_existing(path)
    write_whole(path, data)
