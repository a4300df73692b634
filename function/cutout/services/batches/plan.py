"""What there is to do: an item for each picture, and an outcome for each line that becomes none."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

from cutout.errors import InvalidParameter

from . import lists, outcome, places
from .lists import BadLine, Buckets, Line
from .names import Duplicate, Names, Taken
from .order import Batch, Item, Order
from .outcome import LINES, Outcome
from .places import Place

ITEMS = "plan.jsonl"
UNPLANNED = "outcomes/plan.jsonl"


@dataclass(frozen=True)
class Plan:
    pictures: int  # of which each has an outcome in the end
    items: int
    file: Place


def make(batch: Batch, buckets: Buckets) -> Plan:
    """Writes both into files of the batch."""
    order = batch.order
    names = Names(order.source, f".{order.options().format}")
    with TemporaryFile() as spool, TemporaryFile() as items, TemporaryFile() as unplanned:
        pictures = count = 0
        for line in lists.read(order.source, order.target, buckets):
            pictures += 1
            if isinstance(line, BadLine):
                unplanned.write(outcome.line(_bad(line)))
            else:
                spool.write(_spooled(line))
                names.count(line)
        for line in _unspooled(spool):
            names.compare(line)
        for line in _unspooled(spool):
            made = _made(count, line, names, order)
            if isinstance(made, Item):
                count += 1
                items.write(json.dumps(made.told()).encode() + b"\n")
            else:
                unplanned.write(outcome.line(made))
        _put(batch.file(ITEMS), items, buckets)
        _put(batch.file(UNPLANNED), unplanned, buckets)
    return Plan(pictures, count, batch.file(ITEMS))


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


def _spooled(line: Line) -> bytes:
    return json.dumps([str(line.source), line.name, line.etag]).encode() + b"\n"


def _unspooled(spool: BinaryIO) -> Iterator[Line]:
    spool.seek(0)
    for line in spool:
        source, name, etag = json.loads(line)
        yield Line(places.place(source), name, etag)


def _put(place: Place, file: BinaryIO, buckets: Buckets) -> None:
    file.seek(0)
    buckets(place.bucket).put_file(place.key, file, LINES)
