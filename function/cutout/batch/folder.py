"""Batches of a folder on this machine: plan the targets, run the photos, yield their outcomes."""

import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Literal, NamedTuple, Protocol

from cutout.errors import CutoutError
from cutout.picture import KINDS, Size, kind_of

from . import history

UNREAD = {".jxl"}  # photos that are not read: a batch reports them as failed
SUFFIXES = {suffix for kind in KINDS for suffix in kind.suffixes} | UNREAD
START_BYTES = 32  # of a file, enough for the signature of its kind
# Kinds that are known by their suffix only: cameras' raw files begin as TIFF does, with a small
# preview, and any text may begin with BM.
BY_SUFFIX = {"TIFF", "BMP"}


class Stopped(Exception):
    """The run was stopped during a picture, which a later run will process."""


class Cutout(Protocol):
    """A cutout made by this machine or by a service."""

    @property
    def data(self) -> bytes: ...
    @property
    def size(self) -> Size: ...
    @property
    def confidence(self) -> float | None: ...
    @property
    def model(self) -> str: ...
    @property
    def subject_count(self) -> int: ...
    @property
    def looks(self) -> int: ...
    @property
    def looks_skipped(self) -> int: ...


@dataclass(frozen=True)
class Picture:
    source: Path
    target: Path


@dataclass(frozen=True)
class Outcome:
    source: str
    target: str
    status: Literal["done", "skipped", "failed"]
    code: str = ""
    message: str = ""
    width: int = 0  # px
    height: int = 0  # px
    confidence: float | None = None
    model: str = ""
    subjects: int = 0  # found, whichever of them are in the cutout
    looks: int = 0  # inferences made
    looks_skipped: int = 0  # inferences left out for lack of time
    seconds: float = 0.0
    review: bool = False  # a person should check it


class Kept(NamedTuple):
    """Why the cutout of a picture stays as it is; the message is empty if it is the one wanted."""

    message: str = ""
    confidence: float | None = None


@dataclass(frozen=True)
class Plan:
    pictures: list[Picture]
    left_out: int  # files that are hidden or empty


def plan(folder: Path, out: Path, suffix: str) -> Plan:
    """List the photos under folder with the paths of their cutouts: the same tree under out.

    A file with another suffix or none is a photo if its first bytes are those of a kind of photo.
    """
    files = list(_files(folder, out))
    used = [file for file in files if not (is_hidden(file.as_posix()) or _is_empty(folder / file))]
    sources = sorted(file for file in used if _is_photo(folder / file))
    pictures = [Picture(folder / own, out / to) for own, to in _targets(sources, suffix).items()]
    return Plan(pictures, left_out=len(files) - len(used))


def is_hidden(path: str) -> bool:
    """Return whether a relative path is hidden or in a hidden folder, such as ._IMG_1.jpg, which
    macOS writes beside IMG_1.jpg."""
    return any(part.startswith(".") for part in path.split("/"))


def _files(folder: Path, out: Path) -> Iterator[Path]:
    """Yield what is under folder and no folder, relative to it, except what is under out: results
    of batches. A folder that cannot be read is yielded itself, so that reading it says why."""
    unreadable: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unreadable.append):
        at = Path(parent)
        folders[:] = [name for name in folders if not _is_same(at / name, out)]
        photos = (name for name in names if not name.startswith(history.NAME))
        yield from ((at / name).relative_to(folder) for name in photos)
    for error in unreadable:
        if error.filename == str(folder):
            raise error
        yield Path(error.filename).relative_to(folder)


def _is_same(folder: Path, out: Path) -> bool:
    """By the file system's own identity: it may not distinguish upper and lower case."""
    return out.exists() and folder.exists() and folder.samefile(out)


def _is_empty(file: Path) -> bool:
    status = _status(file)
    return bool(status and stat.S_ISREG(status.st_mode) and not status.st_size)


def _is_photo(file: Path) -> bool:
    """Return whether a path is processed. A pipe or a broken link of a photo's name is, and fails
    with the reason."""
    status = _status(file)
    if file.suffix.lower() in SUFFIXES or (status and stat.S_ISDIR(status.st_mode)):
        return True
    if not (status and stat.S_ISREG(status.st_mode)):
        return False
    with suppress(OSError), file.open("rb") as opened:
        kind = kind_of(opened.read(START_BYTES))
        return kind is not None and kind.name not in BY_SUFFIX
    return False


def _status(file: Path) -> os.stat_result | None:
    with suppress(OSError):  # gone meanwhile, a broken link, or a name that is too long
        return file.stat()
    return None


def _targets(sources: Iterable[Path], suffix: str) -> dict[Path, Path]:
    """Map a.jpg to a.png. Where two sources would share a target, both keep their suffix:
    a.jpg.png."""
    targets = {source: source.with_suffix(suffix) for source in sources}
    while True:
        # Some file systems do not distinguish upper and lower case.
        count = Counter(str(target).casefold() for target in targets.values())
        conflicts = {
            source: longer
            for source, target in targets.items()
            if count[str(target).casefold()] > 1
            and target != (longer := source.with_name(source.name + suffix))
        }
        if not conflicts:
            return targets
        targets |= conflicts


def run(
    pictures: Iterable[Picture],
    remove: Callable[[Picture], Cutout],
    workers: int,
    stop: Event,
    review_below: float = 0,
    kept: Callable[[Picture], Kept | None] = lambda picture: Kept(),
) -> Iterator[Outcome]:
    """Yield outcomes in the order in which they are ready.

    Photos whose target exists are skipped, with what `kept` returns; where it returns None they are
    processed. Once stop is set, no photo is started, and started ones finish unless
    remove raises Stopped.
    """
    pool = ThreadPoolExecutor(workers)

    def attempt(picture: Picture) -> Outcome | None:
        with suppress(Stopped):
            return None if stop.is_set() else _attempt(picture, remove, review_below)
        return None

    try:
        futures: list[Future[Outcome | None]] = []
        for picture in pictures:
            found = kept(picture) if _status(picture.target) else None
            if found is None:
                futures.append(pool.submit(attempt, picture))
            else:
                yield Outcome(
                    str(picture.source),
                    str(picture.target),
                    "skipped",
                    message=found.message,
                    confidence=found.confidence,
                    review=_is_low(found.confidence, review_below),
                )
        for future in as_completed(futures):
            if outcome := future.result():
                yield outcome
    finally:
        pool.shutdown(cancel_futures=True)


def _attempt(picture: Picture, remove: Callable[[Picture], Cutout], review_below: float) -> Outcome:
    source, target = str(picture.source), str(picture.target)
    start = perf_counter()
    try:
        result = remove(picture)
    except CutoutError as error:
        return Outcome(source, target, "failed", error.code, str(error))
    except OSError as error:
        return Outcome(
            source, target, "failed", "file_error", f"{error.strerror}: {error.filename or target}"
        )
    return Outcome(
        source,
        target,
        "done",
        width=result.size.width,
        height=result.size.height,
        confidence=rounded(result.confidence),
        model=result.model,
        subjects=result.subject_count,
        looks=result.looks,
        looks_skipped=result.looks_skipped,
        seconds=round(perf_counter() - start, 3),
        review=_is_low(result.confidence, review_below),
    )


def rounded(confidence: float | None) -> float | None:
    """Round a confidence as outcomes have it."""
    return confidence and round(confidence, 4)


def _is_low(confidence: float | None, review_below: float) -> bool:
    return confidence is not None and confidence < review_below
