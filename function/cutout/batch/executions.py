"""The port of executions: batches that somebody else works at, watched from here."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Literal, Protocol

from cutout.errors import Unavailable

from .order import SUMMARY, Batch

# A small batch is over soon, and of a large one nobody has to know so often.
SOON_S, SOON_LOOKS, LATER_S = 1, 30, 5
MOST_MISSED = 60  # looks, one after another: five minutes without a network


@dataclass(frozen=True)
class Progress:
    status: Literal["running", "succeeded", "failed"]
    total: int | None = None  # pictures; None before they are counted
    ended: int = 0  # pictures, whatever has come of them
    code: str = ""  # of what it has failed by
    message: str = ""


class Executions(Protocol):
    """Each raises Unavailable where another try may help, and RemoteError where none does."""

    def start(self, name: str, order: Mapping[str, object]) -> str:
        """How the execution is called from now on. The same name starts no second one."""

    def look(self, execution: str) -> Progress: ...

    def stop(self, execution: str) -> None:
        """Stopping what has ended is not an error."""

    def put(self, address: str, data: bytes) -> None:
        """Store a picture of the options at s3://..."""

    def lines(self, address: str) -> Iterator[str]:
        """Of a file at s3://..."""


def watch(look: Callable[[], Progress], wait: Callable[[float], bool]) -> Iterator[Progress]:
    """Until it has ended, or wait tells that it was interrupted."""
    missed = 0
    for pause_s in chain(repeat(SOON_S, SOON_LOOKS), repeat(LATER_S)):
        try:
            progress = look()
        except Unavailable:
            missed += 1
            if missed > MOST_MISSED:
                raise
        else:
            missed = 0
            yield progress
            if progress.status != "running":
                return
        if wait(pause_s):
            return


def summary(executions: Executions, batch: Batch) -> dict[str, Any]:
    told: dict[str, Any] = json.loads("".join(executions.lines(str(batch.file(SUMMARY)))))
    return told


def outcomes(executions: Executions, manifests: list[str]) -> Iterator[dict[str, Any]]:
    for manifest in manifests:
        yield from map(json.loads, executions.lines(manifest))
