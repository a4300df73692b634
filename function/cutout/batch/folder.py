"""Batches of a folder on this machine: plan the targets, run the photos, yield their outcomes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Literal, Protocol

from cutout.errors import CutoutError
from cutout.picture import KINDS, Size

SUFFIXES = {suffix for kind in KINDS for suffix in kind.suffixes}
# Of the 188 cutouts of the README's evaluation (94 pictures, u2net and u2netp), 17 are below this.
# 15 of these are bad (IoU below 0.7), as are 20 of the 171 others.
REVIEW_BELOW = 0.9


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
    seconds: float = 0.0
    review: bool = False  # a person should check it


def plan(folder: Path, out: Path, suffix: str) -> list[Picture]:
    """List the photos under folder with the paths of their cutouts: the same tree under out."""
    results = _inside(folder.resolve(), out.resolve())
    sources = [
        path.relative_to(folder)
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    sources = [source for source in sources if not (results and source.is_relative_to(results))]
    targets = _targets(sources, suffix)
    return [Picture(folder / source, out / target) for source, target in targets.items()]


def _inside(folder: Path, out: Path) -> Path | None:
    """Return the path of out relative to folder if out lies inside, else None."""
    return out.relative_to(folder) if out != folder and out.is_relative_to(folder) else None


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
) -> Iterator[Outcome]:
    """Yield outcomes in the order in which they are ready. Photos whose target exists are skipped.

    Once stop is set, no photo is started, and started ones finish unless remove raises Stopped.
    """
    pool = ThreadPoolExecutor(workers)

    def attempt(picture: Picture) -> Outcome | None:
        with suppress(Stopped):
            return None if stop.is_set() else _attempt(picture, remove, review_below)
        return None

    try:
        futures: list[Future[Outcome | None]] = []
        for picture in pictures:
            if picture.target.exists():
                yield Outcome(str(picture.source), str(picture.target), "skipped")
            else:
                futures.append(pool.submit(attempt, picture))
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
        confidence=result.confidence and round(result.confidence, 4),
        model=result.model,
        seconds=round(perf_counter() - start, 3),
        review=result.confidence is not None and result.confidence < review_below,
    )
