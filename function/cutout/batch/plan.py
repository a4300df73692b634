"""Plan a batch: write an item for each picture, and an outcome for each line that becomes none."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

from cutout.errors import InvalidParameter

from . import paths, sources
from .naming import DuplicateLine, NameTaken, ResultNames
from .outcome import Outcome, to_line
from .paths import S3Path
from .request import ITEMS, LINES, OUTCOMES, Batch, BatchRequest, Item
from .sources import BadLine, Buckets, Line, Lines

MOST_OUTCOMES = 10_000  # in one file; Gather reads several files at a time


@dataclass(frozen=True)
class Plan:
    pictures: int  # each of them has an outcome in the end
    items: int
    file: S3Path


class Unplanned:
    """Writes the outcomes of lines that become no item, in files like those of the workers."""

    def __init__(self, batch: Batch, buckets: Buckets) -> None:
        self._batch = batch
        self._buckets = buckets
        self._lines: list[bytes] = []
        self._files = 0

    def add(self, outcome: Outcome) -> None:
        self._lines.append(to_line(outcome))
        if len(self._lines) == MOST_OUTCOMES:
            self.flush()

    def flush(self) -> None:
        if self._lines:
            self._files += 1
            path = self._batch.file(f"{OUTCOMES}plan-{self._files:05d}.jsonl")
            self._buckets(path.bucket).put(path.key, b"".join(self._lines), LINES)
            self._lines = []


def make(batch: Batch, buckets: Buckets) -> Plan:
    """Read the source and write the file of items. Raises InvalidParameter for a bad source."""
    request, unplanned = batch.request, Unplanned(batch, buckets)
    names = ResultNames(request.source, f".{request.options.format}")
    with TemporaryFile() as spool, TemporaryFile() as items:
        lines = sources.read(request.source, request.target, buckets)
        pictures = _spool(lines, spool, unplanned)
        for line in _unspooled(spool):
            names.count(line)
        for line in _unspooled(spool):
            names.compare(line)
        count = _write_items(_unspooled(spool), names, request, items, unplanned)
        unplanned.flush()
        path = batch.file(ITEMS)
        items.seek(0)
        buckets(path.bucket).put_file(path.key, items, LINES)
    return Plan(pictures, count, path)


def _spool(lines: Lines, spool: BinaryIO, unplanned: Unplanned) -> int:
    """Copy the good lines to a local file, which is read three times. Returns their number."""
    count = 0
    for line in lines:
        count += 1
        if isinstance(line, BadLine):
            unplanned.add(Outcome(line.source, "", "failed", "invalid_line", line.reason))
        else:
            spool.write(json.dumps([str(line.source), line.name, line.etag]).encode() + b"\n")
    return count


def _unspooled(spool: BinaryIO) -> Iterator[Line]:
    spool.seek(0)
    for line in spool:
        source, name, etag = json.loads(line)
        yield Line(paths.parse(source), name, etag)


def _write_items(
    lines: Iterator[Line],
    names: ResultNames,
    request: BatchRequest,
    items: BinaryIO,
    unplanned: Unplanned,
) -> int:
    count = 0
    for line in lines:
        planned = _planned(count, line, names, request)
        if isinstance(planned, Item):
            count += 1
            items.write(json.dumps(planned.to_json()).encode() + b"\n")
        else:
            unplanned.add(planned)
    return count


def _planned(number: int, line: Line, names: ResultNames, request: BatchRequest) -> Item | Outcome:
    source = str(line.source)
    try:
        target = paths.parse(str(request.target.file(names.assign(line))))
    except DuplicateLine:
        return Outcome(source, "", "skipped", "duplicate_line", "an earlier line is the same")
    except (NameTaken, InvalidParameter) as error:
        return Outcome(source, "", "failed", InvalidParameter.code, str(error))
    return Item(number, line.source, target, line.etag)
