"""What those without a key may do in a day: so many calls for each address, and for all of them."""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from cutout.errors import AllowanceUsedUp
from cutout.ports.clock import Clock, moment
from cutout.ports.table import Key, Refused, Table, When, Write

DAY_S = 24 * 60 * 60
NETWORK_BITS = 64  # of an IPv6 address are the subscriber's network; the rest is his to choose


@dataclass(frozen=True)
class Visitor:
    address: str  # as the service sees it


class Allowance:
    def __init__(
        self, table: Table, clock: Clock, secret: str, per_address: int, per_day: int
    ) -> None:
        self._table = table
        self._clock = clock
        self._secret = secret.encode()
        self._per_address = per_address
        self._per_day = per_day

    def take(self, visitor: Visitor) -> None:
        now = self._clock()
        day = moment(now)[:10]
        ours = _counted(f"{day}#{self._hash(day, visitor.address)}", self._per_address, now)
        everyones = _counted(f"{day}#all", self._per_day, now)
        try:
            self._table.write(ours, everyones)
        except Refused:
            raise AllowanceUsedUp(
                f"without a key {self._per_address} calls a day are free, as long as the day's "
                "share for everyone lasts; more are there after midnight, UTC",
                retry_after_s=int(DAY_S - now % DAY_S) + 1,
            ) from None

    def _hash(self, day: str, address: str) -> str:
        """Of another key each day, so that days cannot be put together."""
        known = ip_address(address)
        if isinstance(known, IPv6Address):
            known = known.ipv4_mapped or known
        subscriber = (
            int(known) >> (128 - NETWORK_BITS) if isinstance(known, IPv6Address) else int(known)
        )
        text = f"{day}#{known.version}#{subscriber}"
        return hmac.new(self._secret, text.encode(), sha256).hexdigest()


def _counted(name: str, most: int, now: float) -> Write:
    return Write(
        Key(f"allowance#{name}", "allowance"),
        set={"expires_at": int(now) + 2 * DAY_S},
        add={"calls": 1},
        when=(When("calls", "absent or <", most),),
    )
