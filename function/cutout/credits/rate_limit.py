"""The rate limit of an API key in image megapixels a minute.

A token bucket, stored as the time at which it is full again: the generic cell rate algorithm of
ITU-T I.371.
"""

from dataclasses import dataclass

from cutout.errors import RateLimited
from cutout.picture import Size
from cutout.ports import Clock, Condition, ConditionFailed, Key, Table, Write

from .accounts import ApiKey

MINUTE_MS = 60_000
MEGAPIXEL = 1_000_000
MINIMUM = Size(1000, 1000)  # what a picture counts as before its size is known


# Megapixels a minute, and credits, where nothing is counted: clients expect numbers, and warn of
# small ones.
UNLIMITED = 1_000_000


@dataclass(frozen=True)
class RateLimitState:
    """The state of an API key's rate limit after a request."""

    limit: int  # megapixels a minute
    remaining: int  # megapixels
    full_at: int  # seconds since 1970


def unlimited(now: float) -> RateLimitState:
    """Return the state for a service that asks for no API key."""
    return RateLimitState(UNLIMITED, UNLIMITED, int(now))


class RateLimit:
    """Counts the megapixels of pictures per API key."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def consume_minimum(self, api_key: ApiKey) -> RateLimitState:
        """Count one megapixel for a picture of unknown size. Raises RateLimited."""
        return self.consume(api_key, MINIMUM)

    def consume(
        self, api_key: ApiKey, size: Size, minimum_consumed: bool = False
    ) -> RateLimitState:
        """Count the megapixels of a picture. Raises RateLimited, and then counts nothing.

        minimum_consumed says that consume_minimum has counted a part of this picture already; each
        picture then counts as that much at least.
        """
        limit = api_key.megapixels_per_minute
        key = Key(f"rate#{api_key.account}#{api_key.id}", "rate")
        consumed_ms = _cost_ms(MINIMUM, limit) if minimum_consumed else 0
        cost_ms = max(_cost_ms(size, limit), consumed_ms)
        while True:
            now_ms = int(self._clock() * 1000)
            item = self._table.get(key)
            stored_ms = int(item["full_ms"]) if item else None
            full_ms = max(stored_ms or 0, now_ms)
            wait_ms = full_ms + cost_ms - (now_ms + MINUTE_MS)
            if wait_ms > consumed_ms:
                raise _rate_limited(limit, full_ms, now_ms, wait_ms)
            full_ms += cost_ms - consumed_ms
            try:
                self._table.write(_update(key, stored_ms, full_ms))
            except ConditionFailed:
                continue  # a concurrent request has updated the item
            return _state(limit, full_ms, now_ms)


def _cost_ms(size: Size, limit: int) -> int:
    """Return the time in which the bucket regains a picture's megapixels, a minute at most.

    The cap lets a picture that is larger than the limit pass once a minute.
    """
    return min(_ceil(size.width * size.height * MINUTE_MS, limit * MEGAPIXEL), MINUTE_MS)


def _update(key: Key, stored_ms: int | None, full_ms: int) -> Write:
    if stored_ms is None:
        unchanged = Condition("pk", "absent")
    else:
        unchanged = Condition("full_ms", "=", stored_ms)
    # The item may expire when the bucket is full, since no item means a full bucket.
    return Write(key, {"full_ms": full_ms, "expires_at": _seconds(full_ms)}, when=(unchanged,))


def _state(limit: int, full_ms: int, now_ms: int) -> RateLimitState:
    remaining = limit * (now_ms + MINUTE_MS - full_ms) // MINUTE_MS
    return RateLimitState(limit, remaining, _seconds(full_ms))


def _rate_limited(limit: int, full_ms: int, now_ms: int, wait_ms: int) -> RateLimited:
    state = _state(limit, full_ms, now_ms)
    return RateLimited(
        f"this API key may send {limit} megapixels a minute; try again in {_seconds(wait_ms)} s",
        retry_after_s=_seconds(wait_ms),
        limit=limit,
        remaining=state.remaining,
        full_at=state.full_at,
    )


def _seconds(ms: int) -> int:
    return _ceil(ms, 1000)


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
