"""The parsers of `cutout run PHOTO...` and of rembg's `cutout i PHOTO OUTPUT`."""

from cutout.options import command_line
from cutout.version import VERSION

from .flags import Parser

PHOTO = "a file, a pattern such as 'photos/*.jpg', an http(s) URL, or - for standard input"


def run() -> Parser:
    """Return the parser of `cutout run`."""
    parser = Parser(
        mixed=True,
        prog="cutout run",
        usage="cutout run PHOTO... [-o OUT] [OPTION...]",
        description="Remove the background of photos.",
        epilog="For a whole folder: cutout batch DIR OUT. For the models: cutout models list.",
    )
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help=PHOTO)
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="file of the result, a folder such as cutouts/, or - for standard output"
        " (default: PHOTO.cutout.SUFFIX, and standard output for standard input)",
    )
    _add_output_flags(parser)
    return parser


def i() -> Parser:
    """Return the parser of `cutout i`, whose second argument is the output, as rembg has it."""
    parser = Parser(
        mixed=True,
        prog="cutout i",
        usage="cutout i [PHOTO] [OUTPUT] [OPTION...]",
        description="Remove the background of one photo. The same as cutout run PHOTO -o OUTPUT.",
    )
    parser.add_argument("photos", nargs="?", metavar="PHOTO", default="-", help=PHOTO)
    parser.add_argument("output", nargs="?", metavar="OUTPUT", help="file of the result, or -")
    _add_output_flags(parser)
    return parser


def _add_output_flags(parser: Parser) -> None:
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a file that has the output's name"
    )
    parser.add_argument("--force", action="store_true", help="write over the photo itself")
    verbosity = parser.add_mutually_exclusive_group()
    verbosity.add_argument("-q", "--quiet", action="store_true", help="print errors only")
    verbosity.add_argument(
        "-v", "--verbose", action="store_true", help="print size, model and seconds of each photo"
    )
    parser.add_argument("-V", "--version", action="version", version=f"cutout {VERSION}")
    command_line.add_flags(parser, with_hints=True)
