"""`cutout batch s3://... s3://...`: start a batch on AWS and watch it from here."""

import sys
from argparse import Namespace
from contextlib import nullcontext
from functools import partial
from threading import Event
from typing import TextIO
from uuid import uuid4

from cutout import bootstrap
from cutout.batch import executions as watching
from cutout.batch import request
from cutout.batch.executions import Executions, Progress
from cutout.batch.request import Batch, BatchRequest
from cutout.config import Settings
from cutout.errors import CutoutError, RemoteError, Unavailable, UnsupportedOption
from cutout.options import canonical
from cutout.options.record import Options

from .console import INTERRUPTED, BatchReport, print_error, refuse, stopping_on_interrupt
from .files import read_options

# S3's codes if a batch has failed before its summary; the last one if listing is not allowed.
NO_SUMMARY = {"NoSuchBucket", "NoSuchKey", "AccessDenied"}


def run(arguments: Namespace) -> int:
    try:
        settings = Settings.from_env()
        options = read_options(arguments, settings.max_bytes)
        batch = Batch(uuid4().hex, batch_request(arguments, options))
        executions = bootstrap.executions(arguments.state_machine or settings.state_machine)
        report = arguments.report.open("a") if arguments.report else nullcontext()
    except (CutoutError, OSError) as error:
        return refuse(error, str(arguments.folder))
    try:
        with report as file:
            return _execute(executions, batch, options, file)
    except OSError as error:
        return print_error(error, str(arguments.report))


def batch_request(arguments: Namespace, options: Options) -> BatchRequest:
    """Raises UnsupportedOption for an argument that a state machine cannot use."""
    _check_offered(arguments)
    data = {
        "source": arguments.folder,
        "target": arguments.out,
        "options": canonical.to_json(options),
        "review_below": arguments.review_below,
        "account": arguments.account,
    }
    if arguments.most_failed is not None:
        data["most_failed"] = arguments.most_failed
    return request.from_json(data)


def _check_offered(arguments: Namespace) -> None:
    if not (isinstance(arguments.folder, str) and isinstance(arguments.out, str)):
        raise UnsupportedOption("DIR and OUT have to be both on s3:// or both on this machine")
    for flag, value in (("--api", arguments.api), ("--key", arguments.key)):
        if value:
            raise UnsupportedOption(f"{flag} cannot be used with s3://: a state machine runs it")
    if arguments.watch:
        raise UnsupportedOption("--watch is an option of batches on this machine only")
    if arguments.parallel:
        raise UnsupportedOption("--parallel: with s3:// set the stack's BatchConcurrency instead")


def _execute(executions: Executions, batch: Batch, options: Options, report: TextIO | None) -> int:
    stop = Event()
    with stopping_on_interrupt(stop):
        try:
            for name, reference in batch.request.options.references().items():
                executions.put(str(batch.request.picture(reference)), getattr(options, name))
            execution = executions.start(batch.id, batch.request.to_json())
        except (RemoteError, Unavailable) as error:
            return print_error(error, str(batch.request.source))
        except KeyboardInterrupt:
            print(f"cutout: {batch.id} may be running unwatched", file=sys.stderr)
            raise
        print(execution, file=sys.stderr)
        try:
            progress = _watch(executions, execution, stop)
            if not progress:
                executions.stop(execution)
        except (RemoteError, Unavailable) as error:
            return print_error(error, f"{execution} may be running unwatched")
        except KeyboardInterrupt:
            print(f"cutout: {execution} may be running unwatched", file=sys.stderr)
            raise
    if progress:
        return _finish(executions, batch, progress, report)
    print("cutout: stopped; repeat the command to continue", file=sys.stderr)
    return INTERRUPTED


def _watch(executions: Executions, execution: str, stop: Event) -> Progress | None:
    """Show the progress and return the last one; None after Ctrl-C."""
    from tqdm import tqdm  # imported here, because the Lambda image does not contain it

    progress = Progress("running")
    with tqdm(unit="photo", dynamic_ncols=True) as bar:
        for progress in watching.watch(partial(executions.progress, execution), stop.wait):
            bar.total, bar.n = progress.total, progress.ended
            bar.refresh()
    return None if progress.status == "running" else progress


def _finish(executions: Executions, batch: Batch, progress: Progress, file: TextIO | None) -> int:
    folder = str(batch.file(""))
    has_failed = progress.status == "failed"
    status = 1
    try:
        summary = watching.summary(executions, batch)
        report = BatchReport(file, lambda line: print(line, file=sys.stderr))
        for outcome in watching.outcomes(executions, summary["manifests"]):
            report.add(outcome)
        status = report.finish(summary["pictures"])
    except (RemoteError, Unavailable) as error:
        if not (has_failed and error.code in NO_SUMMARY):
            print_error(error, folder)
    if has_failed:
        return print_error(RemoteError(progress.message, progress.code), folder)
    return status
