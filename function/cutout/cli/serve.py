"""`cutout serve`: the API as a plain server, without AWS and without the page."""

import os
import sys
from argparse import ArgumentTypeError, Namespace
from typing import NoReturn

from cutout import installation
from cutout.errors import ExtraMissing

from .flags import Parser

PROGRAM = "cutout serve"
LOOPBACK = "127.0.0.1"
MOST_PORT = 65_535
# The page uploads photos to a bucket and keeps their state in a table, which this server has not.
NO_PAGE = "It serves the API and its documentation; the page needs a bucket: `make serve` has both."


def parser(program: str = PROGRAM) -> Parser:
    """Return the parser of `cutout serve`, or of a program with the same arguments."""
    parser = Parser(
        prog=program,
        description="Serve the API of remove.bg and rembg over HTTP, without AWS and without the"
        " page, until Ctrl-C. Needs cutout-bg[server].",
    )
    parser.add_argument(
        "--host",
        default=LOOPBACK,
        metavar="ADDRESS",
        help="address to listen on (default: %(default)s); 0.0.0.0 serves every network",
    )
    parser.add_argument(
        "-p",
        "--port",
        type=_port,
        default=5000,
        metavar="N",
        help="port to listen on (default: %(default)s); 0 takes a free one",
    )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text[:9]) > MOST_PORT:
        raise ArgumentTypeError(f"{text[:40]!r} is no port from 0 to {MOST_PORT}")
    return int(text)


def run(arguments: Namespace) -> NoReturn:
    """Serve until a signal arrives, and exit."""
    print(NO_PAGE, file=sys.stderr)
    leave(start(arguments, PROGRAM))


def start(arguments: Namespace, program: str) -> int:
    """Serve until a signal arrives. Returns the exit code, and says why it could not start."""
    try:
        installation.require_extra("server", "the server")
    except ExtraMissing as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    # Imported here: an installation without the extra lacks its dependencies.
    from cutout import serving

    address = arguments.host, arguments.port
    return serving.run(*address, serving.with_root, program, another="--port 5001")


def leave(status: int) -> NoReturn:
    """Exit immediately. Python would wait for threads whose requests have been cancelled."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
