"""The ledger: balances, entries, and reservations that are settled or released.

All writes are conditional transactions. Any number of callers may work on one purchase: it is
charged once or not at all, and no balance goes below zero.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

from cutout.errors import IdempotencyKeyReused, InsufficientCredits, InvalidParameter, Unavailable
from cutout.ports import Clock, Condition, ConditionFailed, Item, Key, Table, Write, timestamp

from .accounts import account_key
from .entries import Entry, Kind, entry_writes, format_credits, insufficient
from .rate_limit import RateLimitState, Usage
from .reservations import SHARDS, Purchase, Reservation, due_partition

PAID_FOR_S = 24 * 60 * 60  # after its settlement a purchase is not charged again for this long
ABANDONED_AFTER_S = 2 * 60  # a reservation; Lambda has ended its worker by then


@dataclass
class Receipt:
    """What a request costs, in quarters of a credit, and the rate limit after it."""

    quarters_due: int = 0  # 0 if an earlier request paid; may be lowered before the settlement
    quarters_charged: int = 0  # set when the reservation is settled
    rate_limit: RateLimitState | None = None  # None without an API key, and in jobs and batches


class Ledger:
    """The balances and entries of all accounts. Amounts are quarters of a credit."""

    def __init__(self, table: Table, clock: Clock, new_id: Callable[[], str]) -> None:
        """new_id returns a unique id."""
        self._table = table
        self._clock = clock
        self._new_id = new_id

    def balance(self, account: str) -> int:
        """Return the balance in quarters. Raises InvalidParameter if there is no such account."""
        item = self._table.get(account_key(account))
        if not item:
            raise InvalidParameter(f"there is no account {account}")
        return int(item["quarters"])

    def entries(self, account: str, until: str = "") -> Iterator[Entry]:
        """Yield the entries in order of time, up to the end of a month or day such as 2026-11."""
        for item in self._table.query(account_key(account).pk, "entry#", f"entry#{until}~"):
            yield Entry.from_item(item)

    def grant(self, account: str, quarters: int, note: str = "") -> None:
        """Add to the balance. Raises InvalidParameter if there is no such account."""
        self._change(account, "grant", quarters, note)

    def expire(self, account: str, quarters: int, note: str = "") -> None:
        """Subtract from the balance. Raises InsufficientCredits if there are fewer."""
        self._change(account, "expire", -quarters, note)

    @contextmanager
    def charge_on_success(
        self, purchase: Purchase, usage: Usage | None = None
    ) -> Iterator[Receipt]:
        """Reserve before the block, settle after it, release if it raises.

        The block may lower the receipt's quarters_due, which is settled then; quarters_charged is
        set after the block. Raises what reserve and settle raise.
        """
        reservation = self.reserve(purchase, usage)
        # As reserved, which may have been earlier.
        receipt = Receipt(0 if reservation.is_paid else reservation.purchase.quarters)
        with ExitStack() as on_failure:
            on_failure.callback(self._try_to_release, reservation)
            yield receipt
            on_failure.pop_all()
        if self.settle(reservation, receipt.quarters_due):
            receipt.quarters_charged = receipt.quarters_due

    def check_funds(self, account: str, quarters: int, key: Key | None = None) -> None:
        """Raise InsufficientCredits if the balance is less than so many quarters, unless the
        purchase with this key is reserved or was settled within 24 hours.

        Nothing is reserved: this refuses early what reserve would refuse later.
        """
        left = self.balance(account)
        if left >= quarters:
            return
        item = self._table.get(key) if key else None
        if not item or self._is_over(item):
            raise insufficient(quarters, left)

    def reserve(self, purchase: Purchase, usage: Usage | None = None) -> Reservation:
        """Subtract the price from the balance, unless a reservation of the purchase exists.

        One that is neither settled nor released is taken over; one that was settled within 24 hours
        is returned with is_paid. The usage, if there is one, is counted in the same transaction
        where one is needed, and otherwise by itself. Raises RateLimited, which counts and reserves
        nothing; InsufficientCredits; and IdempotencyKeyReused if the id was used for another
        request.
        """
        purchase = self._as_stored(purchase)
        item: Item | None = None
        while True:
            try:
                return self._reserve(purchase, item, usage)
            except ConditionFailed:
                found = self._table.get(purchase.key)
                if found == item:  # unchanged, so that one of the account's conditions has failed
                    self._check_account(purchase, usage)
                item = found

    def settle(self, reservation: Reservation, quarters: int | None = None) -> bool:
        """Charge a reservation, or at most so many of its quarters and return the rest to the
        balance; return False if another caller has charged it already.

        A reservation that another caller or the sweep has released is made again first, which
        raises InsufficientCredits if the credits are gone: no result is free.
        """
        while not (reservation.is_paid or self._settle(reservation, quarters)):
            purchase = reservation.purchase
            reservation = self.reserve(
                purchase if quarters is None else replace(purchase, quarters=quarters)
            )
        return not reservation.is_paid

    def release(self, reservation: Reservation) -> bool:
        """Return the price to the balance; return False if it is paid or has another holder."""
        if reservation.is_paid:
            return False
        return self._release(reservation, Condition("holder", "=", reservation.holder))

    def sweep(self) -> int:
        """Release all abandoned reservations and return their number."""
        before = timestamp(self._clock() - ABANDONED_AFTER_S)
        return sum(
            self._release(Reservation.from_item(item), Condition("due_at", "=", item["due_at"]))
            for shard in SHARDS
            for item in self._table.due(due_partition(shard), before)
        )

    def _as_stored(self, purchase: Purchase) -> Purchase:
        """Return the purchase under its former id if a charge item under that is not over."""
        former = purchase.under_former_id()
        item = self._table.get(former.key) if former else None
        return former if former and item and not self._is_over(item) else purchase

    def _check_account(self, purchase: Purchase, usage: Usage | None) -> None:
        """Raise InsufficientCredits for a purchase that the account cannot pay. The usage counts,
        so that the rate limit bounds such requests, too."""
        account = self._table.get(account_key(purchase.account)) or {}
        if usage:
            usage.learn(account)
        left = int(account.get("quarters", 0))
        if left < purchase.quarters:
            if usage:
                usage.count()
            raise insufficient(purchase.quarters, left)

    def _reserve(self, purchase: Purchase, item: Item | None, usage: Usage | None) -> Reservation:
        if not item or self._is_over(item):
            return self._reserve_anew(purchase, item, usage)
        if usage:
            usage.count()
        if not purchase.matches(item):
            raise IdempotencyKeyReused("this Idempotency-Key was sent with another request")
        if item["state"] == "settled":
            return replace(Reservation.from_item(item), is_paid=True)
        return self._take_over(purchase, item)

    def _is_over(self, item: Item) -> bool:
        if item["state"] == "settled":
            return str(item["settled_at"]) <= timestamp(self._clock() - PAID_FOR_S)
        return item["state"] == "released"

    def _reserve_anew(
        self, purchase: Purchase, replaced: Item | None, usage: Usage | None
    ) -> Reservation:
        now, reservation = self._now(), Reservation(purchase, self._new_id(), self._new_id())
        entry = Entry(now, "reserve", -purchase.quarters, 0, reservation.id, purchase.key_id)
        *entries, account = entry_writes(purchase.account, entry)
        if usage and not usage.state:
            account = account.joined(usage.write())
        self._table.write(reservation.reserve_write(now, replaced), *entries, account)
        if usage and not usage.state:
            usage.counted()
        return reservation

    def _take_over(self, purchase: Purchase, item: Item) -> Reservation:
        """Become the holder of a reservation, on which another caller works or has died.

        The sweep waits for the new holder.
        """
        stored = Reservation.from_item(item)
        key_id, quarters = stored.purchase.key_id, stored.purchase.quarters
        purchase = replace(purchase, key_id=key_id, quarters=quarters)
        reservation = replace(stored, purchase=purchase, holder=self._new_id())
        self._table.write(reservation.take_over_write(self._now()))
        return reservation

    def _settle(self, reservation: Reservation, quarters: int | None) -> bool:
        purchase, now = reservation.purchase, self._now()
        charged = purchase.quarters if quarters is None else min(quarters, purchase.quarters)
        rest = purchase.quarters - charged
        entry = Entry(now, "settle", rest, charged, reservation.id, purchase.key_id)
        return self._try_to_write(
            reservation.settle_write(now, charged), *entry_writes(purchase.account, entry)
        )

    def _release(self, reservation: Reservation, condition: Condition) -> bool:
        purchase = reservation.purchase
        entry = Entry(self._now(), "release", purchase.quarters, 0, reservation.id, purchase.key_id)
        return self._try_to_write(
            reservation.release_write(condition), *entry_writes(purchase.account, entry)
        )

    def _try_to_release(self, reservation: Reservation) -> None:
        with suppress(Unavailable):  # the sweep releases it later; the block's error is raised
            self.release(reservation)

    def _try_to_write(self, *writes: Write) -> bool:
        try:
            self._table.write(*writes)
        except ConditionFailed:
            return False
        return True

    def _change(self, account: str, kind: Kind, quarters: int, note: str) -> None:
        entry = Entry(
            self._now(), kind, quarters, reservation=self._new_id(), note=note, granted=quarters
        )
        if not self._try_to_write(*entry_writes(account, entry)):
            left = format_credits(self.balance(account))
            raise InsufficientCredits(f"{account} has {left} credits left")

    def _now(self) -> str:
        return timestamp(self._clock())
