"""A file of the pictures during which workers of the same items have died.

A worker that dies cannot report anything. Therefore, from the second attempt at the same items on,
a worker writes down each picture before it starts it, and the next worker skips a picture that has
ended several workers. A single death may be chance.
"""

import json

from cutout.ports import Bucket, FileMissing

from .paths import S3Path
from .request import JSON, Item

MOST_CRASHES = 2  # of workers, until their picture is skipped


class CrashLog:
    def __init__(self, bucket: Bucket, path: S3Path, attempt: int) -> None:
        """attempt counts from 0; the first one reads and writes nothing."""
        self._bucket = bucket
        self._key = path.key
        self._is_active = attempt > 0
        self._crashed = self._read() if self._is_active else []

    def is_fatal(self, item: Item) -> bool:
        return self._crashed.count(str(item.target)) >= MOST_CRASHES

    def begin(self, item: Item) -> None:
        """Record the item as crashed, until clear is called."""
        if self._is_active:
            self._write([*self._crashed, str(item.target)])

    def clear(self) -> None:
        """Record that no item is being processed."""
        if self._is_active:
            self._write(self._crashed)

    def _read(self) -> list[str]:
        try:
            crashed: list[str] = json.loads(self._bucket.get(self._key).data)
        except FileMissing:
            return []
        return crashed

    def _write(self, crashed: list[str]) -> None:
        self._bucket.put(self._key, json.dumps(crashed).encode(), JSON)
