"""What all commands do on the console: print errors, handle Ctrl-C and report on a batch."""

import json
import os
import signal
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any, TextIO

from cutout.errors import CutoutError, InvalidParameter, UnsupportedOption

# Exit codes.
FAILED = 1
WRONG_USAGE = 2
INTERRUPTED = 128 + signal.SIGINT

# Codes of ANSI X3.64, which terminals show as colours.
COLOURS = {"error": "\x1b[31m", "warning": "\x1b[33m"}
PLAIN = "\x1b[0m"


def printable(text: str) -> str:
    """Return the text with control characters escaped, which could change the terminal (CWE-150):
    file names, texts of a service and what is quoted of them may hold some."""
    return "".join(
        character
        if character.isprintable() or unicodedata.category(character) == "Zs"
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )


def coloured(text: str, kind: str) -> str:
    """Return the text in the colour of errors or warnings if standard error is a terminal, and
    neither NO_COLOR (no-color.org) nor TERM=dumb is set."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if is_plain or not sys.stderr.isatty() else f"{COLOURS[kind]}{text}{PLAIN}"


def print_line(line: str, kind: str = "") -> None:
    """Print a line on standard error after the name of the program, in the colour of its kind."""
    name = coloured("cutout:", kind) if kind else "cutout:"
    print(f"{name} {printable(line)}", file=sys.stderr)


def print_error(error: CutoutError | OSError, subject: str = "") -> int:
    """Print one sentence about the error and its subject. Returns the exit code 1.

    Raises a BrokenPipeError again, about which main() is silent.
    """
    if isinstance(error, BrokenPipeError):
        raise error
    if isinstance(error, CutoutError):
        sentence = f"{error} [{error.code}]"
    else:
        subject = str(error.filename or subject)
        sentence = error.strerror or str(error)
    print_line(f"{subject}: {sentence}" if subject else sentence, "error")
    return FAILED


def refuse(error: CutoutError | OSError, subject: str = "") -> int:
    """Print why a command line cannot be carried out. Returns the exit code: 2 for a value that no
    photo could be cut out with, whose sentence needs no subject, and 1 otherwise."""
    if isinstance(error, InvalidParameter | UnsupportedOption):
        print_error(error)
        return WRONG_USAGE
    return print_error(error, subject)


@contextmanager
def stopping_on_interrupt(stop: Event) -> Iterator[None]:
    """Set the event at the first Ctrl-C; the second one raises KeyboardInterrupt as usual."""

    def handle(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def left_out(files: int) -> str:
    """Return the part of a batch's summary on files that the plan left out."""
    return f", {files} hidden or empty left out" if files else ""


class BatchReport:
    """Prints and counts the outcomes of a batch, and appends them to the file of --report."""

    def __init__(self, file: TextIO | None, print_line: Callable[[str], None]) -> None:
        """print_line must not disturb the progress bar."""
        self._file = file
        self._print_line = print_line
        self._count: Counter[str] = Counter()

    def add(self, outcome: Mapping[str, Any]) -> None:
        self._count[outcome["status"]] += 1
        if outcome["status"] == "failed":
            failure = f"{outcome['source']}: {outcome['message']} [{outcome['code']}]"
            self._print_line(printable(failure))
        if outcome["status"] == "skipped" and outcome.get("message"):
            self._count["kept"] += 1
        if outcome["review"]:
            self._count["review"] += 1
            confidence = f"confidence {outcome['confidence']:g}"
            self._print_line(printable(f"{outcome['source']}: to review, {confidence}"))
        if self._file:
            print(json.dumps(outcome), file=self._file, flush=True)

    def finish(self, total: int, files_left_out: int = 0) -> int:
        """Print the totals and return the exit code."""
        count = self._count
        left = total - count["done"] - count["skipped"] - count["failed"]
        summary = f"{count['done']} done, {count['skipped']} skipped, {count['failed']} failed"
        summary += f", {count['review']} to review" if count["review"] else ""
        summary += left_out(files_left_out)
        if count["kept"]:
            summary += f"; {count['kept']} of the skipped are not known to this command and kept"
        print(f"{summary}, {left} left" if left else summary, file=sys.stderr)
        return INTERRUPTED if left else FAILED * (count["failed"] > 0)
