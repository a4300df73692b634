"""`cutout batch --watch`: cut out photos that arrive in a folder."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import TextIO

from cutout.batch import folder as batch

from .console import INTERRUPTED, BatchReport, print_line

EVERY_S = 1.0  # in which a file that is being copied grows

Outcomes = Callable[[Sequence[batch.Picture]], Iterator[batch.Outcome]]


def watch(
    folder: Path, out: Path, suffix: str, outcomes: Outcomes, stop: Event, file: TextIO | None
) -> int:
    """Process new and changed photos under folder until stop is set. Returns the exit code.

    A photo is processed once its size and time have not changed for a second, since another program
    may still be writing it. A failed photo is tried again after it has changed.
    """
    print_line(f"watching {folder} for photos; Ctrl-C ends it")
    report = BatchReport(file, print_line)
    before = dict[batch.Picture, tuple[int, int]]()
    tried = dict[batch.Picture, tuple[int, int]]()
    while not stop.wait(EVERY_S):
        now = dict(_identities(batch.plan(folder, out, suffix).pictures))
        settled = {
            picture: identity
            for picture, identity in now.items()
            if before.get(picture) == identity != tried.get(picture)
        }
        before = now
        tried |= settled
        for outcome in outcomes(list(settled)):
            if outcome.status != "skipped":
                report.add(asdict(outcome))
            if outcome.status == "done":
                print_line(f"{outcome.source}: wrote {outcome.target}")
    return INTERRUPTED


def _identities(
    pictures: Sequence[batch.Picture],
) -> Iterator[tuple[batch.Picture, tuple[int, int]]]:
    for picture in pictures:
        try:
            status = picture.source.stat()
        except OSError:  # gone meanwhile, or a broken link
            continue
        yield picture, (status.st_size, status.st_mtime_ns)
