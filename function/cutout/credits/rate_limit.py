"""The rate limit of an API key in image megapixels a minute.

A token bucket, stored as the time at which it is full again: the generic cell rate algorithm of
ITU-T I.371. It is an attribute of the account's item, which a reservation changes in any case and
then counts the picture in the same write.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass, field, replace

from cutout.errors import RateLimited
from cutout.picture import Size
from cutout.ports import Clock, Condition, ConditionFailed, Item, Table, Write

from .accounts import ApiKey, account_key
from .entries import insufficient

MINUTE_MS = 60_000
MEGAPIXEL = 1_000_000
MINIMUM = Size(1000, 1000)  # what a picture counts as before its size is known
# A bucket that has been full for less is added to as if it were just full: a key may send a
# thirtieth more in a minute, and a write needs no exact knowledge of what other processes count.
# Of 4 calls a second with a megapixel, spread over 5 processes, 3 % need a second attempt; with
# 1000 it would be 10 %, with 5000 2 %.
LATE_MS = 2000
MOST_KEYS = 10_000  # that a process remembers
# Megapixels a minute, and credits, where nothing is counted: clients expect numbers, and warn of
# small ones.
UNLIMITED = 1_000_000


@dataclass(frozen=True)
class RateLimitState:
    """The state of an API key's rate limit after a request, as far as this process knows."""

    limit: int  # megapixels a minute
    remaining: int  # megapixels, at most: other processes may have counted more
    full_at: int  # seconds since 1970, at the earliest


def unlimited(now: float) -> RateLimitState:
    """Return the state for a service that asks for no API key."""
    return RateLimitState(UNLIMITED, UNLIMITED, int(now))


class RateLimit:
    """Counts the megapixels of pictures per API key."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._seen: dict[tuple[str, str], int] = {}  # see Usage.seen

    def minimum(self, api_key: ApiKey) -> "Usage":
        """Return the use of a picture of unknown size: one megapixel."""
        return self.usage(api_key, MINIMUM)

    def usage(self, api_key: ApiKey, size: Size, minimum_consumed: bool = False) -> "Usage":
        """Return a picture's use of the limit, which is still to be counted.

        minimum_consumed says that the minimum of this picture has been counted already; each
        picture then counts as that much at least.
        """
        limit = api_key.megapixels_per_minute
        counted_ms = _cost_ms(MINIMUM, limit) if minimum_consumed else 0
        picture_ms = max(_cost_ms(size, limit), counted_ms)
        if len(self._seen) >= MOST_KEYS:
            self._seen.clear()
        return Usage(self._table, self._clock, self._seen, api_key, picture_ms, counted_ms)


@dataclass
class Usage:
    """A picture's use of the rate limit, which is counted once.

    It is counted by count(), or by a write that is joined with write(); after that counted() is
    called, or learn() if the condition of that write has failed.
    """

    table: Table
    clock: Clock
    # When buckets are full, by account and key: never later than by an exact count of all calls.
    seen: MutableMapping[tuple[str, str], int]
    api_key: ApiKey
    picture_ms: int  # in which the bucket regains the picture's megapixels
    counted_ms: int  # of these, as the minimum
    state: RateLimitState | None = None  # once it is counted
    _after: tuple[int, int] = field(default=(0, 0), init=False)  # full_ms and now_ms of the write

    def count(self, least: int = 0) -> RateLimitState:
        """Count the picture by itself, for an account with at least so many quarters of a credit.

        Raises RateLimited, or InsufficientCredits, and then counts nothing.
        """
        enough = (Condition("quarters", ">=", least),) if least else ()
        while not self.state:
            write = self.write()
            try:
                if write.set or write.add:
                    self.table.write(replace(write, when=write.when + enough))
            except ConditionFailed:
                account = self.table.get(write.key) or {}
                self.learn(account)
                left = int(account.get("quarters", 0))
                if left < least:
                    raise insufficient(least, left) from None
            else:
                self.counted()
        return self.state

    def write(self) -> Write:
        """Return the update of the account's item that counts the picture.

        Its conditions hold if the picture is within the limit and this process knows enough of the
        bucket. Raises RateLimited if it knows that the picture is not within the limit, which needs
        no request: what others count only makes the bucket full later.
        """
        now_ms = int(self.clock() * 1000)
        stored_ms = self.seen.get(self._id, 0)
        full_ms, more_ms = max(stored_ms, now_ms), self.picture_ms - self.counted_ms
        most_ms = now_ms + MINUTE_MS - more_ms
        if full_ms > most_ms:
            raise self._limited(full_ms, now_ms)
        self._after = full_ms + more_ms, now_ms
        name, key = f"rate_{self.api_key.id}", account_key(self.api_key.account)
        if not more_ms:
            return Write(key)
        if stored_ms >= now_ms - LATE_MS:
            since = Condition(name, ">=", now_ms - LATE_MS)
            return Write(
                key,
                add={name: more_ms},
                when=(since, Condition(name, "absent or <", most_ms + 1)),
            )
        is_full = Condition(name, "absent or <", now_ms + 1)
        return Write(key, set={name: now_ms + more_ms}, when=(is_full,))

    def counted(self) -> None:
        """Take the latest write as done."""
        full_ms, now_ms = self._after
        self.seen[self._id] = max(full_ms, self.seen.get(self._id, 0))
        self.state = _state(self.api_key.megapixels_per_minute, full_ms, now_ms)

    def learn(self, account: Item) -> None:
        """Take over what the account's item says of the bucket."""
        self.seen[self._id] = int(account.get(f"rate_{self.api_key.id}", 0))

    @property
    def _id(self) -> tuple[str, str]:
        return self.api_key.account, self.api_key.id

    def _limited(self, full_ms: int, now_ms: int) -> RateLimited:
        wait_ms = full_ms + self.picture_ms - (now_ms + MINUTE_MS)
        limit = self.api_key.megapixels_per_minute
        state = _state(limit, full_ms, now_ms)
        return RateLimited(
            f"this API key may send {limit} megapixels a minute; try again in "
            f"{_seconds(wait_ms)} s",
            retry_after_s=_seconds(wait_ms),
            limit=limit,
            remaining=state.remaining,
            full_at=state.full_at,
        )


def _cost_ms(size: Size, limit: int) -> int:
    """Return the time in which the bucket regains a picture's megapixels, a minute at most.

    The cap lets a picture that is larger than the limit pass once a minute.
    """
    return min(_ceil(size.width * size.height * MINUTE_MS, limit * MEGAPIXEL), MINUTE_MS)


def _state(limit: int, full_ms: int, now_ms: int) -> RateLimitState:
    remaining = limit * (now_ms + MINUTE_MS - full_ms) // MINUTE_MS
    return RateLimitState(limit, remaining, _seconds(full_ms))


def _seconds(ms: int) -> int:
    return _ceil(ms, 1000)


def _ceil(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)
