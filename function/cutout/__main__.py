"""The command line: `cutout photo.jpg`, `cutout batch DIR OUT` and the other commands."""

import os
import sys
from collections.abc import Sequence

from cutout.cli.commands import BY_NAME, DEFAULT, help_text

WRONG_USAGE = 2
INTERRUPTED = 128 + 2  # as shells report a program that SIGINT has ended
CLOSED = 128 + 13  # the same of SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. Returns its exit code."""
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED


def _run(words: list[str]) -> int:
    match words[:1]:
        case ["-h" | "--help"]:
            print(help_text())
            return 0
        case ["-V" | "--version"]:
            from cutout.version import VERSION

            print(f"cutout {VERSION}")
            return 0
        case []:
            print("cutout: name a photo or a command; see cutout --help", file=sys.stderr)
            return WRONG_USAGE
        case [name] if name in BY_NAME:
            command, words = BY_NAME[name], words[1:]
        case _:
            command = DEFAULT
    try:
        arguments = command.parser().parse_args(words)
    except SystemExit as left:  # argparse, after --help or a sentence about wrong usage
        return int(left.code or 0)
    return command.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
