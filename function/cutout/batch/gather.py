"""Gather the outcomes of a batch into manifests, and decide whether the batch has succeeded.

Ten million outcomes take longer than a Lambda function may run. Therefore each run writes one part
of the manifest and returns the position from which the next run continues.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import islice
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from .request import JSON, LINES, OUTCOMES, SUMMARY, Batch, BatchRequest
from .sources import Buckets

MOST_LINES = 1_000_000  # in one part: half a gigabyte on the function's disk
AT_ONCE = 16  # files read in parallel; more do not make one processor faster


@dataclass(frozen=True)
class Progress:
    after: str = ""  # name of the last file that was read
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
    error: str  # a code; empty if the batch has succeeded
    sentence: str


class Gather:
    def __init__(self, buckets: Buckets, batch: Batch, most_lines: int = MOST_LINES) -> None:
        self._bucket = buckets(batch.request.target.bucket)
        self._batch = batch
        self._most_lines = most_lines

    def run(self, progress: Progress, has_time: Callable[[], bool]) -> Progress:
        """Write one part of the manifest. Stops before the next file once has_time is false."""
        number = len(progress.manifests) + 1
        count: Counter[str] = Counter()
        written = 0
        with TemporaryFile() as manifest, TemporaryFile() as review:
            for name, lines in self._files(progress.after):
                for line in lines.splitlines(keepends=True):
                    outcome = json.loads(line)
                    manifest.write(line)
                    written += 1
                    if outcome["review"]:
                        review.write(line)
                    count += _counts(outcome)
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
        """Write and return the summary, the file by which others see that the batch has ended.

        pictures is the number of outcomes that there should be.
        """
        summary = {"id": self._batch.id, "pictures": pictures} | asdict(progress)
        del summary["after"], summary["is_done"]
        path = self._batch.file(SUMMARY)
        self._bucket.put(path.key, json.dumps(summary).encode(), JSON)
        return summary

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
            path = self._batch.file(f"{kind}-{number:05d}.jsonl")
            file.seek(0)
            self._bucket.put_file(path.key, file, LINES)
            yield str(path)


def _counts(outcome: dict[str, Any]) -> Counter[str]:
    review, credits = int(outcome["review"]), outcome["credits"]
    return Counter({outcome["status"]: 1, "review": review, "credits": credits})


def verdict(request: BatchRequest, pictures: int, progress: Progress) -> Verdict:
    """Decide whether the batch has succeeded. pictures is how many outcomes there should be."""
    if progress.pictures != pictures:
        return Verdict(
            "OutcomesMissing", f"of {pictures:,} pictures {progress.pictures:,} have an outcome"
        )
    if progress.failed > request.most_failed * pictures:
        most = f"{100 * request.most_failed:g}%"
        return Verdict("TooManyFailed", f"{progress.failed:,} of {pictures:,} failed, over {most}")
    return Verdict("", "")
