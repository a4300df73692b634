"""The command line: `cutout photo.jpg` and `cutout batch DIR OUT`."""

import json
import signal
import sys
import warnings
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from errno import EEXIST, ENOTDIR
from pathlib import Path
from threading import Event
from typing import TextIO

from cutout import arguments, bootstrap
from cutout.adapters.files import write_whole
from cutout.config import Settings
from cutout.contract import Options
from cutout.engine import demands
from cutout.errors import CutoutError, RemoteClosed, UnsupportedOption
from cutout.services import batch

STDIN, STDOUT = 0, 1
INTERRUPTED = 128 + signal.SIGINT
REMOTE_WORKERS = 4  # most of their time goes into waiting

Cut = Callable[[bytes], batch.Made]


def main(argv: Sequence[str] | None = None) -> int:
    # Pillow warns of damaged metadata, in lines of its own code; what is wrong we say ourselves.
    warnings.filterwarnings("ignore", module="PIL")
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        if words[:1] == ["batch"]:
            return _batch(arguments.batch().parse_args(words[1:]))
        return _single(arguments.single().parse_args(words))
    except KeyboardInterrupt:
        return INTERRUPTED


def _single(given: Namespace) -> int:
    try:
        options = arguments.options(given, given.format or _format_of(given.output))
        engine = bootstrap.engine(Settings.from_env())
        engine.check(options)
        result = engine.remove_background(_read(given.photo), options)
        output = given.output or _default_output(given.photo, options.format)
        _write(output, result.data)
    except (CutoutError, OSError) as error:
        return _complain(error, given.photo)
    return 0


def _read(photo: str) -> bytes:
    if photo != "-":
        return Path(photo).read_bytes()
    with open(STDIN, "rb", closefd=False) as file:
        return file.read()


def _write(output: str, data: bytes) -> None:
    if output != "-":
        return write_whole(Path(output), data)
    # Not sys.stdout, which would keep the end until Python exits and lose its error with it.
    with open(STDOUT, "wb", closefd=False) as file:
        file.write(data)


def _default_output(photo: str, format: str) -> str:
    return "-" if photo == "-" else str(Path(photo).with_suffix(f".cutout.{format}"))


def _format_of(output: str | None) -> str:
    return Path(output or "").suffix.lower().removeprefix(".")


def _batch(given: Namespace) -> int:
    stop, closed = Event(), list[RemoteClosed]()
    try:
        settings = Settings.from_env()
        options = arguments.options(given, given.format)
        cut = (_remotely if given.api else _here)(given, settings, options, stop)
        workers = given.parallel or (REMOTE_WORKERS if given.api else settings.threads)
        _check_folders(given.folder, given.out)
        pictures = batch.plan(given.folder, given.out, f".{options.format}")
        report = given.report.open("a") if given.report else nullcontext()
    except (CutoutError, OSError) as error:
        return _complain(error, given.api or str(given.folder))

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
        with report as lines, _interrupts(stop):
            outcomes = batch.run(pictures, remove, workers, stop)
            status = _follow(outcomes, len(pictures), lines)
    except OSError as error:
        return _complain(error, str(given.report))  # a photo's own errors are outcomes
    return _complain(closed[0], given.api) if closed else status


def _here(given: Namespace, settings: Settings, options: Options, stop: Event) -> Cut:
    if given.key:
        raise UnsupportedOption("--key is the service's, and there is no --api")
    # One thread a picture and as many pictures as threads: a network on two threads would
    # leave decoding and encoding on one.
    engine = bootstrap.engine(replace(settings, threads=1))
    engine.prepare(options)
    return lambda photo: engine.remove_background(photo, options)


def _remotely(given: Namespace, settings: Settings, options: Options, stop: Event) -> Cut:
    # Here and not above: one photo on this machine needs no HTTP.
    from cutout.client import Client

    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise batch.Stopped

    demands.check(options, settings.max_pixels)
    told = arguments.remote(given, options)
    client = Client(given.api, given.key or settings.api_key, sleep=sleep)
    return lambda photo: client.remove_background(photo, told)


def _check_folders(folder: Path, out: Path) -> None:
    if not folder.is_dir():
        raise NotADirectoryError(ENOTDIR, "not a folder", str(folder))
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(ENOTDIR, "not a folder", str(out))
    if folder.resolve() == out.resolve():
        raise FileExistsError(EEXIST, "OUT has to be another folder than DIR", str(out))


@contextmanager
def _interrupts(stop: Event) -> Iterator[None]:
    """The first Ctrl-C asks to stop; the second is a KeyboardInterrupt again."""

    def ask(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _follow(outcomes: Iterator[batch.Outcome], total: int, report: TextIO | None) -> int:
    """Show the outcomes as they come; the exit code tells whether all went well."""
    from tqdm import tqdm  # only here: Lambda does not carry it

    count: Counter[str] = Counter()
    with tqdm(total=total, unit="photo", dynamic_ncols=True) as bar:
        for outcome in outcomes:
            count[outcome.status] += 1
            bar.update()
            if outcome.status == "failed":
                bar.write(f"{outcome.source}: {outcome.message} [{outcome.code}]", sys.stderr)
            if report:
                print(json.dumps(asdict(outcome)), file=report, flush=True)
    left = total - count.total()
    summary = f"{count['done']} done, {count['skipped']} skipped, {count['failed']} failed"
    print(f"{summary}, {left} left" if left else summary, file=sys.stderr)
    return INTERRUPTED if left else int(count["failed"] > 0)


def _complain(error: CutoutError | OSError, photo: str) -> int:
    if isinstance(error, CutoutError):
        sentence = f"{photo}: {error} [{error.code}]"
    else:
        sentence = f"{error.filename or photo}: {error.strerror}"
    print(f"cutout: {sentence}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
