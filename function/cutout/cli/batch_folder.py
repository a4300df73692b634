"""`cutout batch DIR OUT`: process a folder on this machine or by a service."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import asdict, replace
from errno import EEXIST, ENOTDIR
from functools import partial
from pathlib import Path
from threading import Event
from typing import TextIO

from cutout import engines
from cutout.batch import folder as batch
from cutout.batch.history import History
from cutout.config import Settings
from cutout.errors import CutoutError, MissingSource, RemoteClosed, UnsupportedOption
from cutout.options.record import Options

from .batch_watch import watch
from .console import BatchReport, left_out, print_error, refuse, stopping_on_interrupt
from .files import read_options, read_regular, write_inside

REMOTE_WORKERS = 4  # they mostly wait for the service

RemoveBackground = Callable[[bytes], batch.Cutout]


def run(arguments: Namespace) -> int:
    stop, closed = Event(), list[RemoteClosed]()
    try:
        _check_offered(arguments)
        settings = Settings.from_env()
        options = read_options(arguments, settings.max_bytes)
        build = _remote if arguments.api else _local
        remove_background = build(arguments, settings, options, stop)
        workers = arguments.parallel or (REMOTE_WORKERS if arguments.api else settings.threads)
        _check_folders(arguments.folder, arguments.out)
        plan = batch.plan(arguments.folder, arguments.out, f".{options.format}")
        if not plan.pictures and not arguments.watch:
            raise MissingSource(f"there is no photo in it{left_out(plan.left_out)}")
        report = arguments.report.open("a") if arguments.report else nullcontext()
    except (CutoutError, OSError) as error:
        return refuse(error, arguments.api or str(arguments.folder))
    history = History(arguments.out, options, _default_model(arguments, settings))

    def remove(picture: batch.Picture) -> batch.Cutout:
        photo = picture.source.stat()  # before it is read: a later change is seen by the next run
        try:
            cutout = remove_background(read_regular(picture.source, settings.max_bytes))
        except RemoteClosed as error:
            closed.append(error)
            stop.set()
            raise batch.Stopped from error
        write_inside(arguments.out, picture.target, cutout.data)
        history.add(picture.source, picture.target, photo, batch.rounded(cutout.confidence))
        return cutout

    def outcomes(pictures: Sequence[batch.Picture]) -> Iterator[batch.Outcome]:
        kept = partial(_kept, history)
        return batch.run(pictures, remove, workers, stop, arguments.review_below, kept)

    try:
        with report as file, stopping_on_interrupt(stop), closing(history):
            status = _report(outcomes(plan.pictures), plan, file)
            if arguments.watch and not stop.is_set():
                folders = arguments.folder, arguments.out
                status = watch(*folders, f".{options.format}", outcomes, stop, file)
    except OSError as error:  # errors of single photos are outcomes
        return print_error(error, str(arguments.report))
    return print_error(closed[0], arguments.api) if closed else status


def _kept(history: History, picture: batch.Picture) -> batch.Kept | None:
    """Return why the cutout of a picture stays, or None for one to make anew."""
    found = history.find(picture.source, picture.target)
    if found.state == "outdated":
        return None
    if found.state == "current":
        return batch.Kept(confidence=found.confidence)
    return batch.Kept("it was made by something else, or changed since")


def _default_model(arguments: Namespace, settings: Settings) -> str:
    """Return CUTOUT_MODEL, if it is not the usual one and the work is done here."""
    return "" if arguments.api or settings.model == Settings.model else settings.model


def _check_offered(arguments: Namespace) -> None:
    for name in ("state_machine", "account", "most_failed"):
        if getattr(arguments, name) not in ("", None):
            flag = f"--{name.replace('_', '-')}"
            raise UnsupportedOption(f"{flag} is an option of batches on s3:// only")


def _local(
    arguments: Namespace, settings: Settings, options: Options, stop: Event
) -> RemoveBackground:
    if arguments.key:
        raise UnsupportedOption("--key is used with --api only")
    # One thread per picture and as many pictures as threads: a model on two threads would leave
    # decoding and encoding on one.
    engine = engines.engine(replace(settings, threads=1))
    engine.prepare(options)
    return lambda photo: engine.remove_background(photo, options)


def _remote(
    arguments: Namespace, settings: Settings, options: Options, stop: Event
) -> RemoveBackground:
    # Imported here, because a batch on this machine needs no HTTP.
    from cutout.client import Client

    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise batch.Stopped

    client = Client(arguments.api, arguments.key or settings.api_key, sleep=sleep)
    return lambda photo: client.remove_background(photo, options)


def _check_folders(folder: Path, out: Path) -> None:
    if not folder.is_dir():
        raise NotADirectoryError(ENOTDIR, "not a folder", str(folder))
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(ENOTDIR, "not a folder", str(out))
    if out.exists() and out.samefile(folder):
        raise FileExistsError(EEXIST, "OUT has to be another folder than DIR", str(out))


def _report(outcomes: Iterator[batch.Outcome], plan: batch.Plan, file: TextIO | None) -> int:
    from tqdm import tqdm  # imported here, because the Lambda image does not contain it

    total = len(plan.pictures)
    with tqdm(total=total, unit="photo", dynamic_ncols=True) as bar:
        report = BatchReport(file, lambda line: bar.write(line, sys.stderr))
        for outcome in outcomes:
            bar.update()
            report.add(asdict(outcome))
    return report.finish(total, plan.left_out)
