"""`cutout batch DIR OUT`, on this machine or by a service."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, replace
from errno import EEXIST, ENOTDIR
from pathlib import Path
from threading import Event
from typing import TextIO

from cutout import bootstrap
from cutout.batch import folder as batch
from cutout.config import Settings
from cutout.errors import CutoutError, RemoteClosed, UnsupportedOption
from cutout.options.record import Options

from . import pictures
from .complaint import complain
from .files import write_whole
from .interrupt import interrupts
from .tally import Tally

REMOTE_WORKERS = 4  # most of their time goes into waiting

Cut = Callable[[bytes], batch.Made]


def run(given: Namespace) -> int:
    stop, closed = Event(), list[RemoteClosed]()
    try:
        _check_offered(given)
        settings = Settings.from_env()
        options = pictures.options(given)
        cut = (_remotely if given.api else _here)(given, settings, options, stop)
        workers = given.parallel or (REMOTE_WORKERS if given.api else settings.threads)
        _check_folders(given.folder, given.out)
        photos = batch.plan(given.folder, given.out, f".{options.format}")
        report = given.report.open("a") if given.report else nullcontext()
    except (CutoutError, OSError) as error:
        return complain(error, given.api or str(given.folder))

    def remove(picture: batch.Picture) -> batch.Made:
        try:
            made = cut(picture.source.read_bytes())
        except RemoteClosed as error:
            closed.append(error)
            stop.set()
            raise batch.Stopped from error
        write_whole(picture.target, made.data)
        return made

    try:
        with report as lines, interrupts(stop):
            outcomes = batch.run(photos, remove, workers, stop, given.review_below)
            status = _follow(outcomes, len(photos), lines)
    except OSError as error:
        return complain(error, str(given.report))  # a photo's own errors are outcomes
    return complain(closed[0], given.api) if closed else status


def _check_offered(given: Namespace) -> None:
    for name in ("state_machine", "account", "most_failed"):
        if getattr(given, name) not in ("", None):
            flag = f"--{name.replace('_', '-')}"
            raise UnsupportedOption(f"{flag} is for what is on s3://; leave it out")


def _here(given: Namespace, settings: Settings, options: Options, stop: Event) -> Cut:
    if given.key:
        raise UnsupportedOption("--key is the service's, and there is no --api")
    # One thread a picture and as many pictures as threads: a network on two threads would
    # leave decoding and encoding on one.
    engine = bootstrap.engine(replace(settings, threads=1))
    engine.prepare(options)
    return lambda photo: engine.remove_background(photo, options)


def _remotely(given: Namespace, settings: Settings, options: Options, stop: Event) -> Cut:
    # Here and not above: a batch on this machine needs no HTTP.
    from cutout.client import Client

    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise batch.Stopped

    client = Client(given.api, given.key or settings.api_key, sleep=sleep)
    return lambda photo: client.remove_background(photo, options)


def _check_folders(folder: Path, out: Path) -> None:
    if not folder.is_dir():
        raise NotADirectoryError(ENOTDIR, "not a folder", str(folder))
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(ENOTDIR, "not a folder", str(out))
    if folder.resolve() == out.resolve():
        raise FileExistsError(EEXIST, "OUT has to be another folder than DIR", str(out))


def _follow(outcomes: Iterator[batch.Outcome], total: int, report: TextIO | None) -> int:
    from tqdm import tqdm  # only here: Lambda does not carry it

    with tqdm(total=total, unit="photo", dynamic_ncols=True) as bar:
        tally = Tally(report, lambda line: bar.write(line, sys.stderr))
        for outcome in outcomes:
            bar.update()
            tally.add(asdict(outcome))
    return tally.end(total)
