"""The command line: `cutout photo.jpg`, `cutout batch DIR OUT` and the other commands."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cutout.cli.commands import BY_NAME, DEFAULT, help_text

STDOUT, STDERR = 1, 2
FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 128 + 2  # as shells report a program that SIGINT has ended
CLOSED = 128 + 13  # the same of SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command. Returns its exit code."""
    _replace_closed_streams()
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has enough
        _discard_output()
        return CLOSED
    except OSError as error:  # commands say themselves what they cannot read and write
        _discard_output()
        print(f"cutout: standard output: {error.strerror}", file=sys.stderr)
        return FAILED


def _replace_closed_streams() -> None:
    """Open the null device in place of standard streams that the caller has closed (`2>&-`).

    Python has no object for such a stream, prints on standard output instead of standard error, and
    would give the number of the stream to the next file. The null device is opened for reading, so
    that a picture for a closed standard output is an error.
    """
    while (descriptor := os.open(os.devnull, os.O_RDONLY)) <= STDERR:
        pass
    os.close(descriptor)
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 - for as long as Python runs
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115


def _discard_output() -> None:
    """Let what Python has still to write, when it exits, go to the null device."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)


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
