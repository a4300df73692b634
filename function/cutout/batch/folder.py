"""A folder of photos: what there is to do, what is done already, what went wrong."""

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
from cutout.picture import Size

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff"}
# Of the 94 pictures of the README's evaluation, 5 with u2net and 12 with u2netp are below this, and
# of these 17 cutouts 15 are bad (an IoU below 0.7), as are 20 of the 171 others.
REVIEW_BELOW = 0.9


class Stopped(Exception):
    """A picture that had begun is left for another run."""


class Made(Protocol):
    """A cutout and what is told of it, wherever it was made."""

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
    review: bool = False  # somebody should look at it


def plan(folder: Path, out: Path, suffix: str) -> list[Picture]:
    """Every photo under folder, and where its cutout goes: the same tree under out."""
    own = _inside(folder.resolve(), out.resolve())
    sources = [
        path.relative_to(folder)
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    sources = [source for source in sources if not (own and source.is_relative_to(own))]
    targets = _targets(sources, suffix)
    return [Picture(folder / source, out / target) for source, target in targets.items()]


def _inside(folder: Path, out: Path) -> Path | None:
    """Where under folder our own results lie, if they do."""
    return out.relative_to(folder) if out != folder and out.is_relative_to(folder) else None


def _targets(sources: Iterable[Path], suffix: str) -> dict[Path, Path]:
    """a.jpg becomes a.png; where two would become one, they keep their whole names: a.jpg.png."""
    targets = {source: source.with_suffix(suffix) for source in sources}
    while True:
        # Some file systems tell no case apart.
        count = Counter(str(target).casefold() for target in targets.values())
        clashing = {
            source: whole
            for source, target in targets.items()
            if count[str(target).casefold()] > 1
            and target != (whole := source.with_name(source.name + suffix))
        }
        if not clashing:
            return targets
        targets |= clashing


def run(
    pictures: Iterable[Picture],
    remove: Callable[[Picture], Made],
    workers: int,
    stop: Event,
    review_below: float = 0,
) -> Iterator[Outcome]:
    """Outcomes as they come. Once stop is set, what has begun is finished, unless remove raises
    Stopped, and no more begins."""
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


def _attempt(picture: Picture, remove: Callable[[Picture], Made], review_below: float) -> Outcome:
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
