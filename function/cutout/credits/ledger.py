"""Credits: held back before the work, and then charged or given back.

All writes are conditional: whoever works at the same charge, it is settled once or not at all, and
no balance goes below zero.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from cutout.errors import IdempotencyKeyReused, InsufficientCredits, InvalidParameter
from cutout.ports.clock import Clock, moment
from cutout.ports.table import Item, Refused, Table, When, Write

from . import charge, entries
from .accounts import account_key
from .charge import Claim, Reservation
from .entries import Entry, Kind, in_credits, posting

REMEMBERED_S = 24 * 60 * 60  # for so long the same charge is not charged again
DEAD_AFTER_S = 2 * 60  # a reservation whose work cannot go on any more: Lambda has ended it by then


class Ledger:
    def __init__(self, table: Table, clock: Clock, new_id: Callable[[], str]) -> None:
        self._table = table
        self._clock = clock
        self._new_id = new_id

    def balance(self, account: str) -> int:
        """In quarters."""
        item = self._table.get(account_key(account))
        if not item:
            raise InvalidParameter(f"there is no account {account}")
        return int(item["quarters"])

    def entries(self, account: str, until: str = "") -> Iterator[Entry]:
        """In their order, to the end of a day or month such as 2026-11, or all of them."""
        for item in self._table.query(account_key(account).pk, "entry#", f"entry#{until}~"):
            yield entries.of(item)

    def grant(self, account: str, quarters: int, note: str = "") -> None:
        self._change(account, "grant", quarters, note)

    def expire(self, account: str, quarters: int, note: str = "") -> None:
        """Takes them away; never more than there are."""
        self._change(account, "expire", -quarters, note)

    def reserve(self, claim: Claim) -> Reservation:
        known: Item | None = None
        while True:
            try:
                return self._reserve(claim, known)
            except Refused:
                found = self._table.get(charge.key(claim))
                if found == known:  # so it was the balance that refused
                    raise self._insufficient(claim) from None
                known = found

    def settle(self, reservation: Reservation) -> bool:
        """Whether this is what paid it. One that was released in between, by another who failed at
        it or by the sweep, is reserved once more: no answer is given for nothing."""
        while not (reservation.is_paid or self._settle(reservation)):
            reservation = self.reserve(reservation.claim)
        return not reservation.is_paid

    def release(self, reservation: Reservation) -> bool:
        """Gives back what failed, unless somebody else has taken it over."""
        if reservation.is_paid:
            return False
        return self._release(reservation, When("holder", "=", reservation.holder))

    def sweep(self) -> int:
        """Releases the reservations that nobody works at any more; how many they were."""
        before = moment(self._clock() - DEAD_AFTER_S)
        return sum(
            self._release(charge.of(item), When("due_at", "=", item["due_at"]))
            for shard in charge.SHARDS
            for item in self._table.due(charge.due(shard), before)
        )

    def _reserve(self, claim: Claim, known: Item | None) -> Reservation:
        if not known or self._is_over(known):
            return self._take(claim, known)
        if known["request"] != claim.request:
            raise IdempotencyKeyReused("this Idempotency-Key was sent with another request")
        if known["state"] == "settled":
            return replace(charge.of(known), is_paid=True)
        return self._take_over(known)

    def _is_over(self, known: Item) -> bool:
        if known["state"] == "settled":
            return str(known["settled_at"]) <= moment(self._clock() - REMEMBERED_S)
        return known["state"] == "released"

    def _take(self, claim: Claim, over: Item | None) -> Reservation:
        now, reservation = self._now(), Reservation(claim, self._new_id(), holder=self._new_id())
        entry = Entry(now, "reserve", -claim.quarters, 0, reservation.id, claim.key_id)
        self._table.write(charge.reserved(reservation, now, over), *posting(claim.account, entry))
        return reservation

    def _settle(self, reservation: Reservation) -> bool:
        claim, now = reservation.claim, self._now()
        entry = Entry(now, "settle", 0, claim.quarters, reservation.id, claim.key_id)
        return self._attempt(charge.settled(reservation, now), *posting(claim.account, entry))

    def _take_over(self, known: Item) -> Reservation:
        """Of two who ask for the same at once, or of one whose answer got lost, the last holds it,
        and from now on the sweep waits for him."""
        reservation = replace(charge.of(known), holder=self._new_id())
        self._table.write(charge.taken_over(reservation, self._now()))
        return reservation

    def _release(self, reservation: Reservation, only: When) -> bool:
        claim = reservation.claim
        entry = Entry(self._now(), "release", claim.quarters, 0, reservation.id, claim.key_id)
        return self._attempt(charge.released(reservation, only), *posting(claim.account, entry))

    def _attempt(self, *writes: Write) -> bool:
        try:
            self._table.write(*writes)
        except Refused:
            return False
        return True

    def _change(self, account: str, kind: Kind, quarters: int, note: str) -> None:
        entry = Entry(self._now(), kind, quarters, reservation=self._new_id(), note=note)
        if not self._attempt(*posting(account, entry)):
            left = in_credits(self.balance(account))  # tells where there is no such account
            raise InsufficientCredits(f"{account} has {left} credits left")

    def _insufficient(self, claim: Claim) -> InsufficientCredits:
        needed, left = in_credits(claim.quarters), in_credits(self.balance(claim.account))
        return InsufficientCredits(f"credits needed: {needed}; credits left: {left}")

    def _now(self) -> str:
        return moment(self._clock())
