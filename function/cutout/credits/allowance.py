"""The daily allowance of requests without an API key, per address and in total."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from cutout.errors import AllowanceUsedUp
from cutout.ports import Clock, Condition, ConditionFailed, Key, Table, Write, timestamp

DAY_S = 24 * 60 * 60
# Attributes that mark the item of a day on which all visitors are refused: see closing.py.
MARKS = BY_ALARM, BY_BUDGET = "closed_by_alarm", "closed_by_budget"
NETWORK_BITS = 64  # of an IPv6 address identify the subscriber, who chooses the rest


@dataclass(frozen=True)
class Visitor:
    """A client without an API key."""

    address: str  # IPv4 or IPv6


class Allowance:
    """Counts the requests of visitors in each day of UTC."""

    def __init__(
        self, table: Table, clock: Clock, secret: str, per_address: int, per_day: int
    ) -> None:
        """The secret keys the hashes of addresses; per_day limits all addresses together."""
        self._table = table
        self._clock = clock
        self._secret = secret.encode()
        self._per_address = per_address
        self._per_day = per_day

    def consume(self, visitor: Visitor) -> None:
        """Count one request. Raises AllowanceUsedUp, and then counts nothing."""
        now = self._clock()
        day = timestamp(now)[:10]
        own = _count(_key(f"{day}#{self._hash(day, visitor.address)}"), self._per_address, now)
        total = _count(total_key(day), self._per_day, now, *_is_open())
        try:
            self._table.write(own, total)
        except ConditionFailed:
            raise AllowanceUsedUp(
                f"without an API key, {self._per_address} requests a day are free while the daily "
                "total and budget for all visitors last; try again after midnight UTC",
                retry_after_s=int(DAY_S - now % DAY_S) + 1,
            ) from None

    def _hash(self, day: str, address: str) -> str:
        """Hash an address together with the day, so that days cannot be linked to each other."""
        parsed = ip_address(address)
        if isinstance(parsed, IPv6Address):
            parsed = parsed.ipv4_mapped or parsed
        is_v6 = isinstance(parsed, IPv6Address)
        subscriber = int(parsed) >> (128 - NETWORK_BITS) if is_v6 else int(parsed)
        text = f"{day}#{parsed.version}#{subscriber}"
        return hmac.new(self._secret, text.encode(), sha256).hexdigest()


def total_key(day: str) -> Key:
    """Return the key of the item that counts the requests of all visitors on a day in UTC."""
    return _key(f"{day}#all")


def _is_open() -> tuple[Condition, ...]:
    return tuple(Condition(mark, "absent") for mark in MARKS)


def _key(name: str) -> Key:
    return Key(f"allowance#{name}", "allowance")


def _count(key: Key, limit: int, now: float, *further: Condition) -> Write:
    return Write(
        key,
        set={"expires_at": int(now) + 2 * DAY_S},
        add={"calls": 1},
        when=(Condition("calls", "absent or <", limit), *further),
    )
