"""What all commands do on the console: print errors, handle Ctrl-C and report on a batch."""

import json
import signal
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any, TextIO

from cutout.errors import CutoutError

INTERRUPTED = 128 + signal.SIGINT  # exit code


def printable(text: str) -> str:
    """Return the text with control characters escaped, which could change the terminal (CWE-150):
    file names, texts of a service and what is quoted of them may hold some."""
    return "".join(
        character
        if character.isprintable() or unicodedata.category(character) == "Zs"
        else character.encode("unicode_escape", "surrogatepass").decode()
        for character in text
    )


def print_error(error: CutoutError | OSError, subject: str) -> int:
    """Print one sentence about the error and its subject. Returns the exit code 1."""
    if isinstance(error, CutoutError):
        sentence = f"{subject}: {error} [{error.code}]"
    else:
        sentence = f"{error.filename or subject}: {error.strerror}"
    print(f"cutout: {printable(sentence)}", file=sys.stderr)
    return 1


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
        print(f"{summary}, {left} left" if left else summary, file=sys.stderr)
        return INTERRUPTED if left else int(count["failed"] > 0)
