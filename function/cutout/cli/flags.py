"""The parser of `cutout PHOTO`, and what all parsers of the command line have."""

from argparse import ArgumentParser
from typing import NoReturn

from cutout.options import command_line
from cutout.version import VERSION

from .console import printable


class Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Exit with a message, which quotes words of the command line: names of files, at times."""
        super().error(printable(message))


def single() -> ArgumentParser:
    parser = Parser(
        prog="cutout",
        description="Remove the background of a photo.",
        epilog="For a whole folder: cutout batch DIR OUT. For the models: cutout models list.",
        allow_abbrev=False,
    )
    parser.add_argument("photo", help="path of the photo, or - for standard input")
    parser.add_argument(
        "-o",
        "--output",
        help="path of the result (default: PHOTO.cutout.SUFFIX), or - for standard output",
    )
    parser.add_argument("--version", action="version", version=f"cutout {VERSION}")
    command_line.add_flags(parser, with_hints=True)
    return parser
