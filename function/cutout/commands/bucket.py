"""`cutout batch s3://... s3://...`: on AWS, by a stack's state machine, and watched from here."""

import re
import sys
from argparse import Namespace
from contextlib import nullcontext
from functools import partial
from threading import Event
from typing import TextIO
from uuid import uuid4

from cutout import arguments, bootstrap
from cutout.config import Settings
from cutout.engine import demands
from cutout.errors import (
    CutoutError,
    InvalidParameter,
    RemoteError,
    Unavailable,
    UnsupportedOption,
)
from cutout.services import executions as batch
from cutout.services.executions import Executions, Progress

from .complaint import complain
from .interrupt import INTERRUPTED, interrupts
from .tally import Tally

ADDRESS = re.compile("s3://([^/]+)(?:/(.*))?", re.DOTALL)
NOTHING_THERE = {"NoSuchBucket", "NoSuchKey"}  # S3 of a batch that has failed early
LISTS = ("/", ".csv", ".jsonl", "/manifest.json")


def run(given: Namespace) -> int:
    try:
        settings = Settings.from_env()
        told = order(given, settings.max_pixels)
        executions = bootstrap.executions(given.state_machine or settings.state_machine)
        report = given.report.open("a") if given.report else nullcontext()
    except (CutoutError, OSError) as error:
        return complain(error, str(given.folder))
    try:
        with report as lines:
            return _execute(executions, told, lines)
    except OSError as error:
        return complain(error, str(given.report))


def order(given: Namespace, max_pixels: int) -> dict[str, object]:
    """What the state machine is told."""
    _check_offered(given)
    source, target = _source(given.folder), _target(given.out)
    if source == target:
        raise InvalidParameter("OUT has to be another prefix than DIR")
    chosen = arguments.options(given, given.format)
    demands.check(chosen, max_pixels)
    return {
        "source": source,
        "target": target,
        "parameters": arguments.remote(given, chosen),
        "review_below": given.review_below,
        "most_failed": arguments.MOST_FAILED if given.most_failed is None else given.most_failed,
        "account": given.account,
    }


def _check_offered(given: Namespace) -> None:
    if not (isinstance(given.folder, str) and isinstance(given.out, str)):
        raise UnsupportedOption("DIR and OUT are both on s3:// or both here; copy one of them")
    for flag, value in (("--api", given.api), ("--key", given.key)):
        if value:
            raise UnsupportedOption(f"{flag}: a state machine does what is on s3://; leave it out")
    if given.parallel:
        raise UnsupportedOption("--parallel: of s3:// it is the stack's BatchConcurrency")
    if given.backdrop:
        raise UnsupportedOption("--backdrop: what is on s3:// takes no pictures besides")


def _source(text: str) -> str:
    bucket, key = _parts(text)
    if key and not f"/{key}".endswith(LISTS):
        raise InvalidParameter(
            "a prefix ends with /, a list with .csv or .jsonl, an inventory with manifest.json"
        )
    return f"s3://{bucket}/{key}"


def _target(text: str) -> str:
    bucket, key = _parts(text)
    return f"s3://{bucket}/{key}" if not key or key.endswith("/") else f"s3://{bucket}/{key}/"


def _parts(text: str) -> tuple[str, str]:
    match = ADDRESS.fullmatch(text)
    if not match:
        raise InvalidParameter(f"{text[:100]}: there is no bucket in this")
    return match[1], match[2] or ""


def _execute(executions: Executions, told: dict[str, object], report: TextIO | None) -> int:
    name, stop = uuid4().hex, Event()
    with interrupts(stop):
        try:
            execution = executions.start(name, told)
        except (RemoteError, Unavailable) as error:
            return complain(error, str(told["source"]))
        print(execution, file=sys.stderr)
        try:
            ended = _watch(executions, execution, stop)
            if not ended:
                executions.stop(execution)
        except (RemoteError, Unavailable) as error:
            return complain(error, f"{execution} may go on, unwatched")
        except KeyboardInterrupt:
            print(f"cutout: {execution} may go on, unwatched", file=sys.stderr)
            raise
    if ended:
        return _end(executions, batch.folder(str(told["target"]), name), ended, report)
    print("cutout: stopped; the same command goes on where it was", file=sys.stderr)
    return INTERRUPTED


def _watch(executions: Executions, execution: str, stop: Event) -> Progress | None:
    """How it has ended; None after Ctrl-C."""
    from tqdm import tqdm  # only here: Lambda does not carry it

    progress = Progress("running")
    with tqdm(unit="photo", dynamic_ncols=True) as bar:
        for progress in batch.watch(partial(executions.look, execution), stop.wait):
            bar.total, bar.n = progress.total, progress.ended
            bar.refresh()
    return None if progress.status == "running" else progress


def _end(executions: Executions, folder: str, progress: Progress, report: TextIO | None) -> int:
    has_failed = progress.status == "failed"
    status = 1
    try:
        summary = batch.summary(executions, folder)
        tally = Tally(report, lambda line: print(line, file=sys.stderr))
        for outcome in batch.outcomes(executions, summary["manifests"]):
            tally.add(outcome)
        status = tally.end(summary["pictures"])
    except (RemoteError, Unavailable) as error:
        if not (has_failed and error.code in NOTHING_THERE):
            complain(error, folder)
    if has_failed:
        return complain(RemoteError(progress.message, progress.code), folder)
    return status
