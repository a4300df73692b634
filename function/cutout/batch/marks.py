"""Which picture was in work when its worker died, so that another leaves it alone.

A death leaves no word. So from the second attempt at the same items on, a worker writes down at
which picture it is, and what workers died of is known by that. One death may be chance.
"""

import json

from cutout.ports import Bucket, FileMissing

from .order import JSON, Item
from .places import Place

DEATHS = 2  # of workers, which are a picture's fault


class Marks:
    def __init__(self, bucket: Bucket, place: Place, attempt: int) -> None:
        """attempt counts from 0."""
        self._bucket = bucket
        self._key = place.key
        self._is_kept = attempt > 0
        self._dead = self._read() if self._is_kept else []

    def is_dead(self, item: Item) -> bool:
        return self._dead.count(str(item.target)) >= DEATHS

    def begin(self, item: Item) -> None:
        if self._is_kept:
            self._write([*self._dead, str(item.target)])

    def end(self) -> None:
        """None is in work any more."""
        if self._is_kept:
            self._write(self._dead)

    def _read(self) -> list[str]:
        try:
            dead: list[str] = json.loads(self._bucket.get(self._key).data)
        except FileMissing:
            return []
        return dead

    def _write(self, dead: list[str]) -> None:
        self._bucket.put(self._key, json.dumps(dead).encode(), JSON)
