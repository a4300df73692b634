"""A table, a bucket and a queue that count requests, and the units that AWS charges for them.

Units are those of the DynamoDB Developer Guide ("On-demand capacity mode"): a write is a unit for
each KB of the larger of the item before and after it, and two in a transaction; a failed condition
costs the same. A consistent read is a unit for each 4 KB. An entry of the index `due` that is
added, changed or removed is a unit for each KB, in a transaction too.
"""

from dataclasses import dataclass, fields

from cutout.ports import ConditionFailed

KB = 1024
NUMBER_BYTES = 21  # at most; an item's size counts less for small ones


@dataclass
class Counts:
    """Requests to DynamoDB, S3 and SQS, and units of DynamoDB."""

    dynamodb: int = 0  # requests
    writes: int = 0  # units
    reads: int = 0  # units
    s3_puts: int = 0  # PUT, POST and LIST, which have one price
    s3_gets: int = 0  # GET and HEAD, which have another
    s3_deletes: int = 0  # without a price
    sqs: int = 0  # messages sent

    def take(self):
        """Return the counts as a dictionary without zeros, and begin at zero again."""
        taken = {
            each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)
        }
        self.__init__()
        return taken


class CountedTable:
    def __init__(self, table, counts):
        self._table, self._counts = table, counts

    def get(self, key):
        item = self._table.get(key)
        self._count(reads=_units(_size(item), 4 * KB))
        return item

    def query(self, pk, first, last):
        items = list(self._table.query(pk, first, last))
        self._count(reads=_units(sum(map(_size, items)), 4 * KB))
        return iter(items)

    def write(self, *writes):
        before = [self._table.get(write.key) for write in writes]
        try:
            self._table.write(*writes)
            after = [self._table.get(write.key) for write in writes]
        except ConditionFailed:
            after = before
            raise
        finally:
            each = 1 if len(writes) == 1 else 2
            self._count(
                writes=sum(
                    each * _units(max(map(_size, pair)), KB) + _index_units(*pair)
                    for pair in zip(before, after, strict=True)
                )
            )

    def _count(self, reads=0, writes=0):
        self._counts.dynamodb += 1
        self._counts.reads += reads
        self._counts.writes += writes


class CountedBucket:
    def __init__(self, bucket, counts):
        self._bucket, self._counts = bucket, counts

    def __getattr__(self, name):
        """Presigned forms and links are signed without a request."""
        kind = {"get": "s3_gets", "head": "s3_gets", "put": "s3_puts"}.get(name)
        if kind:
            setattr(self._counts, kind, getattr(self._counts, kind) + 1)
        return getattr(self._bucket, name)

    def files(self, prefix, after=""):
        self._counts.s3_puts += 1
        return self._bucket.files(prefix, after)

    def delete(self, names):
        if names := list(names):
            self._counts.s3_deletes += 1
            self._bucket.delete(names)


class CountedQueue:
    def __init__(self, queue, counts):
        self._queue, self._counts = queue, counts

    def send(self, message, group=""):
        self._counts.sqs += 1
        self._queue.send(message, group)


def _units(size, each):
    return max(1, -(-size // each))


def _size(item):
    return sum(len(name) + _value_size(value) for name, value in (item or {}).items())


def _value_size(value):
    if isinstance(value, bool):
        return 1
    return NUMBER_BYTES if isinstance(value, int) else len(value.encode())


def _index_units(before, after):
    entries = [item if item and "due" in item else None for item in (before, after)]
    if entries[0] == entries[1]:
        return 0
    places = {(it["due"], it["due_at"]) for it in entries if it}
    size = max(map(_size, entries))
    return len(places) * _units(size, KB)  # a new place is a removal and an addition
