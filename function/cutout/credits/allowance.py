"""The daily allowance of requests without an API key: per address, per network and in total.

An address may use its calls of the day at once. Networks and all visitors together have budgets
that open over the day: a quarter at midnight UTC, and the rest evenly until the next. A budget that
is used up therefore opens again within minutes.
"""

import hmac
from dataclasses import dataclass, replace
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from math import ceil

from cutout.errors import AllowanceUsedUp
from cutout.ports import Clock, Condition, ConditionFailed, Key, Table, Write, timestamp

DAY_S = 24 * 60 * 60
ROUNDING = 1e-6  # of a call, so that it is open at the very second that opens_after_s returns
OPEN_AT_MIDNIGHT = 0.25  # share of a budget that is open when its day begins
# Bits of an IPv6 address that identify the subscriber, who chooses the rest.
SUBSCRIBER_BITS = {4: 32, 6: 64}
# Networks by their bits, with their shares of the calls per day. One subscriber may have a /56 or a
# /48 (RIPE-690), one provider a /32; behind the addresses of an IPv4 /24 there may be thousands.
NETWORKS = {4: ((24, 0.1),), 6: ((56, 0.025), (48, 0.1), (32, 0.25))}
# Attributes that mark the item of a day on which all visitors are refused: see closing.py.
MARKS = BY_ALARM, BY_BUDGET = "closed_by_alarm", "closed_by_budget"
MOST_USED_UP = 10_000  # budgets that a process remembers as used up
UPLOAD_CALLS = 2  # of an upload: its own, and that of its first cutout


@dataclass(frozen=True)
class Visitor:
    """A client without an API key."""

    address: str  # IPv4 or IPv6


@dataclass(frozen=True)
class Budget:
    """Calls of one day of UTC."""

    name: str  # of its item, unique in the day
    whose: str  # for the error
    calls: float  # in the whole day
    at_once: float  # open from midnight on

    def limit(self, elapsed_s: float) -> int:
        """Return how many calls are open elapsed_s after midnight UTC; at least one."""
        opened = (self.calls - self.at_once) * elapsed_s / DAY_S
        return max(1, int(self.at_once + opened + ROUNDING))

    def opens_after_s(self, elapsed_s: float) -> int:
        """Return the seconds from elapsed_s after midnight UTC until one more call is open: at the
        next midnight if not before."""
        more = self.limit(elapsed_s) + 1 - self.at_once
        rest = self.calls - self.at_once
        at_s = DAY_S * more / rest if more <= rest else DAY_S
        return ceil(at_s - elapsed_s) or 1


def share_of_day(share: float, least: float, per_day: float) -> tuple[float, float]:
    """Return the calls of a budget in the whole day, and those that are open from midnight on.

    The budget is a share of per_day, but both numbers are at least `least`.
    """
    calls = share * per_day
    return max(least, calls), max(least, OPEN_AT_MIDNIGHT * calls)


def until_midnight_s(now: float) -> int:
    """Return the whole seconds until the next day of UTC has begun."""
    return int(DAY_S - now % DAY_S) + 1


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
        self._used_up_until: dict[tuple[str, int], float] = {}  # by the budget's name and calls

    def consume(self, visitor: Visitor, calls: int = 1) -> None:
        """Count so many calls in all budgets of an address, in one transaction.

        Raises AllowanceUsedUp, and then counts nothing. A budget that is known to be used up needs
        no request until it opens again, since its calls never decrease.
        """
        now = self._clock()
        elapsed_s, day = now % DAY_S, timestamp(now)[:10]
        budgets = self._budgets(day, visitor.address)
        waits_s = [
            self._used_up_until.get((budget.name, calls), 0) - now
            if budget.limit(elapsed_s) >= calls
            else budget.opens_after_s(elapsed_s)
            for budget in budgets
        ]
        if (longest_s := max(waits_s)) > 0:
            raise self._used_up(budgets[waits_s.index(longest_s)], ceil(longest_s))
        *writes, total = (_count(budget, elapsed_s, now, calls) for budget in budgets)
        is_open = tuple(Condition(mark, "absent") for mark in MARKS)
        try:
            self._table.write(*writes, replace(total, when=total.when + is_open))
        except ConditionFailed as error:
            if self._is_closed(day):
                raise _closed(elapsed_s) from None
            if len(self._used_up_until) >= MOST_USED_UP:
                self._used_up_until.clear()
            opens_s = {budgets[at]: budgets[at].opens_after_s(elapsed_s) for at in error.failed}
            for budget, wait_s in opens_s.items():
                self._used_up_until[budget.name, calls] = now + wait_s
            latest = max(opens_s, key=opens_s.__getitem__)
            raise self._used_up(latest, opens_s[latest]) from None

    def _is_closed(self, day: str) -> bool:
        item = self._table.get(total_key(day)) or {}
        return any(mark in item for mark in MARKS)

    def _budgets(self, day: str, address: str) -> list[Budget]:
        """Return the budgets of the address, of its networks and of all visitors."""
        parsed = ip_address(address)
        if isinstance(parsed, IPv6Address):
            parsed = parsed.ipv4_mapped or parsed
        version, number = parsed.version, int(parsed)

        def name(bits: int) -> str:
            """Hash a network with the day, so that days cannot be linked to each other."""
            text = f"{day}#{version}#{bits}#{number >> (parsed.max_prefixlen - bits)}"
            return f"{day}#{hmac.new(self._secret, text.encode(), sha256).hexdigest()}"

        own, per_day = float(self._per_address), float(self._per_day)
        shares = ((bits, share_of_day(share, own, per_day)) for bits, share in NETWORKS[version])
        return [
            Budget(name(SUBSCRIBER_BITS[version]), "this address", own, own),
            *(
                Budget(name(bits), f"the network of this address (/{bits})", *calls)
                for bits, calls in shares
            ),
            Budget(_total(day), "all visitors together", *share_of_day(1, 0, per_day)),
        ]

    def _used_up(self, budget: Budget, wait_s: int) -> AllowanceUsedUp:
        return AllowanceUsedUp(
            f"without an API key, {self._per_address} requests a day are free for an address, "
            "while the budgets of its network and of all visitors last; that of "
            f"{budget.whose} is used up and opens again in {wait_s} s",
            retry_after_s=wait_s,
        )


def total_key(day: str) -> Key:
    """Return the key of the item that counts the requests of all visitors on a day in UTC."""
    return _key(_total(day))


def _closed(elapsed_s: float) -> AllowanceUsedUp:
    return AllowanceUsedUp(
        "the service's own budget for requests without an API key is used up; try again after "
        "midnight UTC",
        retry_after_s=until_midnight_s(elapsed_s),
    )


def _total(day: str) -> str:
    return f"{day}#all"


def _key(name: str) -> Key:
    return Key(f"allowance#{name}", "allowance")


def _count(budget: Budget, elapsed_s: float, now: float, calls: int) -> Write:
    return Write(
        _key(budget.name),
        set={"expires_at": int(now) + 2 * DAY_S},
        add={"calls": calls},
        when=(Condition("calls", "absent or <", budget.limit(elapsed_s) - calls + 1),),
    )
