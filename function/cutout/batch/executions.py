"""The port of batch executions on AWS, and functions that watch one and read its results."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, Literal, Protocol

from cutout.errors import Unavailable

from .request import SUMMARY, Batch

# Poll often at first, for small batches, then less often.
FIRST_S, FIRST_POLLS, LATER_S = 1, 30, 5
MOST_FAILED_POLLS = 60  # in a row: five minutes without a network


Status = Literal["running", "succeeded", "failed"]


@dataclass(frozen=True)
class Progress:
    status: Status
    total: int | None = None  # pictures; None before they are counted
    ended: int = 0  # pictures, successful or not
    code: str = ""  # of the error, if it has failed
    message: str = ""


class Executions(Protocol):
    """Starts, polls and stops executions, and accesses their files.

    Each method raises Unavailable if a retry may help, and RemoteError if not.
    """

    def start(self, name: str, request: Mapping[str, object]) -> str:
        """Start an execution and return its ARN. A name starts one execution only."""

    def progress(self, execution: str) -> Progress: ...

    def stop(self, execution: str) -> None:
        """Stop an execution; one that has ended stays as it is."""

    def put(self, url: str, data: bytes) -> None:
        """Write a file at s3://..."""

    def lines(self, url: str) -> Iterator[str]:
        """Yield the lines of a file at s3://..."""


def watch(poll: Callable[[], Progress], wait: Callable[[float], bool]) -> Iterator[Progress]:
    """Yield the progress until the execution has ended or wait(seconds) returns True.

    Raises Unavailable after MOST_FAILED_POLLS failed polls in a row.
    """
    failed = 0
    for pause_s in chain(repeat(FIRST_S, FIRST_POLLS), repeat(LATER_S)):
        try:
            progress = poll()
        except Unavailable:
            failed += 1
            if failed > MOST_FAILED_POLLS:
                raise
        else:
            failed = 0
            yield progress
            if progress.status != "running":
                return
        if wait(pause_s):
            return


def summary(executions: Executions, batch: Batch) -> dict[str, Any]:
    data: dict[str, Any] = json.loads("".join(executions.lines(str(batch.file(SUMMARY)))))
    return data


def outcomes(executions: Executions, manifests: list[str]) -> Iterator[dict[str, Any]]:
    for manifest in manifests:
        yield from map(json.loads, executions.lines(manifest))
