"""So many image-megapixels a minute for each key: a token bucket, kept as the moment at which it is
full again (the generic cell rate algorithm of ITU-T I.371)."""

from dataclasses import dataclass

from cutout.contract import Size
from cutout.errors import RateLimited
from cutout.ports.clock import Clock
from cutout.ports.table import Key, Refused, Table, When, Write

from .accounts import Caller

MINUTE_MS = 60_000
MEGAPIXEL = 1_000_000
UNSEEN = Size(1000, 1000)  # what a photo counts as whose size is known later


@dataclass(frozen=True)
class Budget:
    limit: int  # megapixels a minute
    remaining: int  # megapixels
    full_at: int  # seconds since 1970


class Rate:
    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def take_unseen(self, caller: Caller) -> Budget:
        return self.take(caller, UNSEEN)

    def take(self, caller: Caller, size: Size, is_counted: bool = False) -> Budget:
        """is_counted: as much of it as take_unseen takes, and that is the least."""
        limit = caller.megapixels_per_minute
        key = Key(f"rate#{caller.account}#{caller.key_id}", "rate")
        counted_ms = _cost_ms(UNSEEN, limit) if is_counted else 0
        cost_ms = max(_cost_ms(size, limit), counted_ms)
        while True:
            now_ms = int(self._clock() * 1000)
            item = self._table.get(key)
            seen_ms = int(item["full_ms"]) if item else None
            full_ms = max(seen_ms or 0, now_ms)
            wait_ms = full_ms + cost_ms - (now_ms + MINUTE_MS)
            if wait_ms > counted_ms:
                raise _limited(limit, full_ms, now_ms, wait_ms)
            full_ms += cost_ms - counted_ms
            try:
                self._table.write(_taking(key, seen_ms, full_ms))
            except Refused:
                continue  # another call took some in between
            return _budget(limit, full_ms, now_ms)


def _cost_ms(size: Size, limit: int) -> int:
    """As the time in which as much comes back. One picture may take it all, and never more."""
    return min(_ceil(size.width * size.height * MINUTE_MS, limit * MEGAPIXEL), MINUTE_MS)


def _taking(key: Key, seen_ms: int | None, full_ms: int) -> Write:
    unchanged = When("pk", "absent") if seen_ms is None else When("full_ms", "=", seen_ms)
    # A bucket that is full again is as good as none.
    return Write(key, {"full_ms": full_ms, "expires_at": _seconds(full_ms)}, when=(unchanged,))


def _budget(limit: int, full_ms: int, now_ms: int) -> Budget:
    return Budget(limit, limit * (now_ms + MINUTE_MS - full_ms) // MINUTE_MS, _seconds(full_ms))


def _limited(limit: int, full_ms: int, now_ms: int, wait_ms: int) -> RateLimited:
    left = _budget(limit, full_ms, now_ms)
    return RateLimited(
        f"this key may send {limit} megapixels a minute; try again in {_seconds(wait_ms)} s",
        retry_after_s=_seconds(wait_ms),
        limit=limit,
        remaining=left.remaining,
        full_at=left.full_at,
    )


def _seconds(ms: int) -> int:
    return _ceil(ms, 1000)


def _ceil(numerator: int, denominator: int) -> int:
    """Rounded up, so that who waits for it does not come too early."""
    return -(-numerator // denominator)
