"""What there is to do: an item for each picture, and an outcome for each line that becomes none."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

from cutout.errors import InvalidParameter

from . import lists, outcome, places
from .lists import BadLine, Buckets, Line, Read
from .names import Duplicate, Names, Taken
from .order import ITEMS, LINES, OUTCOMES, Batch, Item, Order
from .outcome import Outcome
from .places import Place

AT_ONCE = 10_000  # outcomes of a file, of which Gather reads several at a time


@dataclass(frozen=True)
class Plan:
    pictures: int  # of which each has an outcome in the end
    items: int
    file: Place


class Unplanned:
    """Outcomes of what becomes no item, in files like those of the workers."""

    def __init__(self, batch: Batch, buckets: Buckets) -> None:
        self._batch = batch
        self._buckets = buckets
        self._lines: list[bytes] = []
        self._files = 0

    def add(self, made: Outcome) -> None:
        self._lines.append(outcome.line(made))
        if len(self._lines) == AT_ONCE:
            self.close()

    def close(self) -> None:
        if self._lines:
            self._files += 1
            place = self._batch.file(f"{OUTCOMES}plan-{self._files:05d}.jsonl")
            self._buckets(place.bucket).put(place.key, b"".join(self._lines), LINES)
            self._lines = []


def make(batch: Batch, buckets: Buckets) -> Plan:
    order, unplanned = batch.order, Unplanned(batch, buckets)
    names = Names(order.source, f".{order.options.format}")
    with TemporaryFile() as spool, TemporaryFile() as items:
        pictures = _spool(lists.read(order.source, order.target, buckets), spool, unplanned)
        for line in _unspooled(spool):
            names.count(line)
        for line in _unspooled(spool):
            names.compare(line)
        count = _give(_unspooled(spool), names, order, items, unplanned)
        unplanned.close()
        place = batch.file(ITEMS)
        items.seek(0)
        buckets(place.bucket).put_file(place.key, items, LINES)
    return Plan(pictures, count, place)


def _spool(read: Read, spool: BinaryIO, unplanned: Unplanned) -> int:
    count = 0
    for line in read:
        count += 1
        if isinstance(line, BadLine):
            unplanned.add(_bad(line))
        else:
            told = [str(line.source), line.name, line.etag]
            spool.write(json.dumps(told).encode() + b"\n")
    return count


def _give(
    lines: Iterator[Line], names: Names, order: Order, items: BinaryIO, unplanned: Unplanned
) -> int:
    count = 0
    for line in lines:
        made = _made(count, line, names, order)
        if isinstance(made, Item):
            count += 1
            items.write(json.dumps(made.told()).encode() + b"\n")
        else:
            unplanned.add(made)
    return count


def _made(number: int, line: Line, names: Names, order: Order) -> Item | Outcome:
    source = str(line.source)
    try:
        name = names.give(line)
        target = places.place(str(order.target.file(name)))
    except Duplicate:
        return Outcome(source, "", "skipped", "duplicate_line", "an earlier line has it already")
    except (Taken, InvalidParameter) as error:
        return Outcome(source, "", "failed", InvalidParameter.code, str(error))
    return Item(number, line.source, target, line.etag)


def _bad(line: BadLine) -> Outcome:
    return Outcome(line.source, "", "failed", "invalid_line", line.reason)


def _unspooled(spool: BinaryIO) -> Iterator[Line]:
    spool.seek(0)
    for line in spool:
        source, name, etag = json.loads(line)
        yield Line(places.place(source), name, etag)
