"""`cutout batch s3://... s3://...`: on AWS, by a stack's state machine, and watched from here."""

import sys
from argparse import Namespace
from contextlib import nullcontext
from functools import partial
from threading import Event
from typing import TextIO
from uuid import uuid4

from cutout import bootstrap
from cutout.batch import executions as watching
from cutout.batch import order
from cutout.batch.executions import Executions, Progress
from cutout.batch.order import Batch, Order
from cutout.config import Settings
from cutout.errors import CutoutError, RemoteError, Unavailable, UnsupportedOption
from cutout.options import canonical
from cutout.options.record import Options

from . import pictures
from .complaint import complain
from .interrupt import INTERRUPTED, interrupts
from .tally import Tally

# S3 of the summary of a batch that has failed early; the last where one may not list.
NOTHING_THERE = {"NoSuchBucket", "NoSuchKey", "AccessDenied"}


def run(given: Namespace) -> int:
    try:
        settings = Settings.from_env()
        options = pictures.options(given)
        batch = Batch(uuid4().hex, asked(given, options))
        executions = bootstrap.executions(given.state_machine or settings.state_machine)
        report = given.report.open("a") if given.report else nullcontext()
    except (CutoutError, OSError) as error:
        return complain(error, str(given.folder))
    try:
        with report as lines:
            return _execute(executions, batch, options, lines)
    except OSError as error:
        return complain(error, str(given.report))


def asked(given: Namespace, options: Options) -> Order:
    _check_offered(given)
    told = {
        "source": given.folder,
        "target": given.out,
        "options": canonical.to_json(options),
        "review_below": given.review_below,
        "account": given.account,
    }
    most_failed = {} if given.most_failed is None else {"most_failed": given.most_failed}
    return order.read(told | most_failed)


def _check_offered(given: Namespace) -> None:
    if not (isinstance(given.folder, str) and isinstance(given.out, str)):
        raise UnsupportedOption("DIR and OUT are both on s3:// or both here; copy one of them")
    for flag, value in (("--api", given.api), ("--key", given.key)):
        if value:
            raise UnsupportedOption(f"{flag}: a state machine does what is on s3://; leave it out")
    if given.parallel:
        raise UnsupportedOption("--parallel: of s3:// it is the stack's BatchConcurrency")


def _execute(executions: Executions, batch: Batch, options: Options, report: TextIO | None) -> int:
    stop = Event()
    with interrupts(stop):
        try:
            for name, known in batch.order.options.references().items():
                executions.put(str(batch.order.picture(known)), getattr(options, name))
            execution = executions.start(batch.id, batch.order.told())
        except (RemoteError, Unavailable) as error:
            return complain(error, str(batch.order.source))
        except KeyboardInterrupt:
            print(f"cutout: {batch.id} may have been started, unwatched", file=sys.stderr)
            raise
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
        return _end(executions, batch, ended, report)
    print("cutout: stopped; the same command goes on where it was", file=sys.stderr)
    return INTERRUPTED


def _watch(executions: Executions, execution: str, stop: Event) -> Progress | None:
    """How it has ended; None after Ctrl-C."""
    from tqdm import tqdm  # only here: Lambda does not carry it

    progress = Progress("running")
    with tqdm(unit="photo", dynamic_ncols=True) as bar:
        for progress in watching.watch(partial(executions.look, execution), stop.wait):
            bar.total, bar.n = progress.total, progress.ended
            bar.refresh()
    return None if progress.status == "running" else progress


def _end(executions: Executions, batch: Batch, progress: Progress, report: TextIO | None) -> int:
    folder = str(batch.file(""))
    has_failed = progress.status == "failed"
    status = 1
    try:
        summary = watching.summary(executions, batch)
        tally = Tally(report, lambda line: print(line, file=sys.stderr))
        for outcome in watching.outcomes(executions, summary["manifests"]):
            tally.add(outcome)
        status = tally.end(summary["pictures"])
    except (RemoteError, Unavailable) as error:
        if not (has_failed and error.code in NOTHING_THERE):
            complain(error, folder)
    if has_failed:
        return complain(RemoteError(progress.message, progress.code), folder)
    return status
