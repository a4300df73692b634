"""The list of all outcomes, and whether the batch has gone well.

It is made in runs, as ten million outcomes take longer than a function may: each goes on behind the
last file of the one before, and writes a part of the list.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import islice
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from .lists import Buckets
from .order import JSON, LINES, OUTCOMES, SUMMARY, Batch, Order

MOST_LINES = 1_000_000  # of a part, which takes half a gigabyte of a function's disk then
AT_ONCE = 16  # files that are read at a time: as many as one processor takes in


@dataclass(frozen=True)
class Progress:
    after: str = ""  # the last file that was read
    is_done: bool = False
    done: int = 0
    skipped: int = 0
    failed: int = 0
    review: int = 0
    credits: float = 0.0
    manifests: tuple[str, ...] = ()
    reviews: tuple[str, ...] = ()

    @property
    def pictures(self) -> int:
        return self.done + self.skipped + self.failed


@dataclass(frozen=True)
class Verdict:
    error: str  # a word for programs; empty is none
    sentence: str


class Gather:
    def __init__(self, buckets: Buckets, batch: Batch, most_lines: int = MOST_LINES) -> None:
        self._bucket = buckets(batch.order.target.bucket)
        self._batch = batch
        self._most_lines = most_lines

    def run(self, progress: Progress, has_time: Callable[[], bool]) -> Progress:
        """One part of the list; no file is begun without time."""
        number = len(progress.manifests) + 1
        count: Counter[str] = Counter()
        written = 0
        with TemporaryFile() as manifest, TemporaryFile() as review:
            for name, lines in self._files(progress.after):
                for line in lines.splitlines(keepends=True):
                    told = json.loads(line)
                    manifest.write(line)
                    written += 1
                    if told["review"]:
                        review.write(line)
                    count += _counted(told)
                progress = replace(progress, after=name)
                if written > self._most_lines or not has_time():
                    break
            else:
                progress = replace(progress, is_done=True)
            return replace(
                progress,
                **{name: getattr(progress, name) + more for name, more in count.items()},
                manifests=(*progress.manifests, *self._part("manifest", number, manifest)),
                reviews=(*progress.reviews, *self._part("review", number, review)),
            )

    def close(self, progress: Progress, pictures: int) -> dict[str, Any]:
        """Writes the summary, by which one sees that it has ended. pictures is how many outcomes
        there should be."""
        told = {"id": self._batch.id, "pictures": pictures} | asdict(progress)
        hidden = ("after", "is_done")
        told = {name: value for name, value in told.items() if name not in hidden}
        place = self._batch.file(SUMMARY)
        self._bucket.put(place.key, json.dumps(told).encode(), JSON)
        return told

    def _files(self, after: str) -> Iterator[tuple[str, bytes]]:
        listed = self._bucket.files(self._batch.file(OUTCOMES).key, after)
        names = (file.name for file in listed)
        with ThreadPoolExecutor(AT_ONCE) as threads:
            while some := list(islice(names, AT_ONCE)):
                yield from zip(some, threads.map(self._read, some), strict=True)

    def _read(self, name: str) -> bytes:
        return self._bucket.get(name).data

    def _part(self, kind: str, number: int, file: BinaryIO) -> Iterator[str]:
        if file.tell():
            place = self._batch.file(f"{kind}-{number:05d}.jsonl")
            file.seek(0)
            self._bucket.put_file(place.key, file, LINES)
            yield str(place)


def _counted(told: dict[str, Any]) -> Counter[str]:
    return Counter({told["status"]: 1, "review": int(told["review"]), "credits": told["credits"]})


def verdict(order: Order, pictures: int, progress: Progress) -> Verdict:
    """pictures is how many there should be."""
    if progress.pictures != pictures:
        return Verdict(
            "OutcomesMissing", f"of {pictures:,} pictures {progress.pictures:,} have an outcome"
        )
    if progress.failed > order.most_failed * pictures:
        most = f"{100 * order.most_failed:g}%"
        return Verdict("TooManyFailed", f"{progress.failed:,} of {pictures:,} failed, over {most}")
    return Verdict("", "")
