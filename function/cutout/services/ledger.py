"""Credits. Each change is an entry that stays, and an account's balance is the sum of its entries.

A charge goes from reserved to settled or released. All writes are conditional: whoever else is at
the same charge, it is settled once or not at all, and no balance goes below zero.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from cutout.errors import IdempotencyKeyReused, InsufficientCredits, InvalidParameter

from .accounts import account_key
from .clock import Clock, moment
from .table import Item, Key, Refused, Table, Value, When, Write

QUARTERS = 4  # of a credit: all prices are whole numbers of them
REMEMBERED_S = 24 * 60 * 60  # for so long the same charge is not charged again
DEAD_AFTER_S = 2 * 60  # a reservation whose work cannot go on any more: Lambda has ended it by then
SHARDS = "0123456789abcdef"  # of what is due, so that no partition of the index takes it all

Kind = Literal["grant", "expire", "reserve", "settle", "release"]


@dataclass(frozen=True)
class Claim:
    """A price to be paid by an account."""

    account: str
    key_id: str
    charge_id: str  # the same for what is charged once; hexadecimal
    request: str  # what is charged for: under the same charge_id no other is taken
    quarters: int


@dataclass(frozen=True)
class Reservation:
    claim: Claim
    id: str
    holder: str  # who works at it; who comes later takes it over, and answers for its end
    is_paid: bool = False  # within REMEMBERED_S, by an answer that came before


@dataclass(frozen=True)
class Entry:
    at: str
    kind: Kind
    quarters: int  # by which it changed the balance
    charged: int = 0  # quarters, where it settles
    reservation: str = ""
    key_id: str = ""
    note: str = ""


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

    def grant(self, account: str, quarters: int, note: str = "") -> None:
        self._change(account, "grant", quarters, note)

    def expire(self, account: str, quarters: int, note: str = "") -> None:
        """Takes them away; never more than there are."""
        self._change(account, "expire", -quarters, note)

    def reserve(self, claim: Claim) -> Reservation:
        charge: Item | None = None
        while True:
            try:
                return self._reserve(claim, charge)
            except Refused:
                found = self._table.get(_charge_key(claim))
                if found == charge:  # so it was the balance that refused
                    raise InsufficientCredits(
                        f"this takes {claim.quarters / QUARTERS:g} credits, and "
                        f"{self.balance(claim.account) / QUARTERS:g} are left"
                    ) from None
                charge = found

    def settle(self, reservation: Reservation) -> bool:
        """Whether this is what paid it: it may be paid, or be released for having taken long."""
        if reservation.is_paid:
            return False
        claim, now = reservation.claim, moment(self._clock())
        settled = Write(
            _charge_key(claim),
            set={"state": "settled", "settled_at": now},
            remove=("due", "due_at"),
            when=_is_reserved(reservation.id),
        )
        entry = Entry(now, "settle", 0, claim.quarters, reservation.id, claim.key_id)
        return self._attempt(settled, _writing(claim.account, entry))

    def release(self, reservation: Reservation) -> bool:
        """Gives back what failed, unless somebody else has taken it over."""
        if reservation.is_paid:
            return False
        return self._release(reservation, When("holder", "=", reservation.holder))

    def sweep(self) -> int:
        """Releases the reservations that nobody works at any more; how many they were."""
        before = moment(self._clock() - DEAD_AFTER_S)
        return sum(
            self._release(_reservation(item), When("due_at", "=", item["due_at"]))
            for shard in SHARDS
            for item in self._table.due(_due(shard), before)
        )

    def entries(self, account: str, until: str = "") -> Iterator[Entry]:
        """In their order, to the end of a day or month such as 2026-11, or all of them."""
        for item in self._table.query(account_key(account).pk, "entry#", f"entry#{until}~"):
            yield _entry(item)

    def _reserve(self, claim: Claim, charge: Item | None) -> Reservation:
        if not charge or self._is_over(charge):
            return self._take(claim, charge)
        if charge["request"] != claim.request:
            raise IdempotencyKeyReused("this Idempotency-Key was sent with another request")
        if charge["state"] == "settled":
            return replace(_reservation(charge), is_paid=True)
        return self._take_over(charge)

    def _is_over(self, charge: Item) -> bool:
        if charge["state"] == "settled":
            return str(charge["settled_at"]) <= moment(self._clock() - REMEMBERED_S)
        return charge["state"] == "released"

    def _take(self, claim: Claim, over: Item | None) -> Reservation:
        now = moment(self._clock())
        reservation = Reservation(claim, id=self._new_id(), holder=self._new_id())
        unchanged = (
            (When("reservation", "=", over["reservation"]), When("state", "=", over["state"]))
            if over
            else (When("pk", "absent"),)
        )
        charge = Write(
            _charge_key(claim),
            set={
                "state": "reserved",
                "account": claim.account,
                "key_id": claim.key_id,
                "charge_id": claim.charge_id,
                "request": claim.request,
                "quarters": claim.quarters,
                "reservation": reservation.id,
                "holder": reservation.holder,
                "due": _due(claim.charge_id[0]),
                "due_at": now,
            },
            when=unchanged,
        )
        entry = Entry(
            now, "reserve", -claim.quarters, reservation=reservation.id, key_id=claim.key_id
        )
        self._table.write(
            _paying(claim.account, -claim.quarters), charge, _writing(claim.account, entry)
        )
        return reservation

    def _take_over(self, charge: Item) -> Reservation:
        """Of two who ask for the same at once, or of one whose answer got lost, the last holds it,
        and from now on the sweep waits for him."""
        reservation = replace(_reservation(charge), holder=self._new_id())
        self._table.write(
            Write(
                _charge_key(reservation.claim),
                set={"holder": reservation.holder, "due_at": moment(self._clock())},
                when=_is_reserved(reservation.id),
            )
        )
        return reservation

    def _release(self, reservation: Reservation, only: When) -> bool:
        claim, now = reservation.claim, moment(self._clock())
        released = Write(
            _charge_key(claim),
            set={"state": "released"},
            remove=("due", "due_at"),
            when=(*_is_reserved(reservation.id), only),
        )
        entry = Entry(
            now, "release", claim.quarters, reservation=reservation.id, key_id=claim.key_id
        )
        return self._attempt(
            _paying(claim.account, claim.quarters), released, _writing(claim.account, entry)
        )

    def _attempt(self, *writes: Write) -> bool:
        try:
            self._table.write(*writes)
        except Refused:
            return False
        return True

    def _change(self, account: str, kind: Kind, quarters: int, note: str) -> None:
        entry = Entry(moment(self._clock()), kind, quarters, reservation=self._new_id(), note=note)
        try:
            self._table.write(_paying(account, quarters), _writing(account, entry))
        except Refused:
            left = self.balance(account) / QUARTERS  # tells where there is no such account
            raise InsufficientCredits(f"{account} has {left:g} credits left") from None


def _charge_key(claim: Claim) -> Key:
    return Key(f"charge#{claim.account}#{claim.charge_id}", "charge")


def _due(shard: str) -> str:
    return f"reservation#{shard}"


def _is_reserved(reservation: str) -> tuple[When, ...]:
    return When("reservation", "=", reservation), When("state", "=", "reserved")


def _paying(account: str, quarters: int) -> Write:
    """The balance's change, which does not take it below zero."""
    return Write(
        account_key(account),
        add={"quarters": quarters},
        when=(When("quarters", ">=", max(0, -quarters)),),
    )


def _writing(account: str, entry: Entry) -> Write:
    told: dict[str, Value] = {
        name: value for name, value in vars(entry).items() if value != "" and name != "at"
    }
    sk = f"entry#{entry.at}#{entry.reservation}#{entry.kind}"
    return Write(Key(account_key(account).pk, sk), set=told, when=(When("pk", "absent"),))


def _reservation(charge: Item) -> Reservation:
    claim = Claim(
        account=str(charge["account"]),
        key_id=str(charge["key_id"]),
        charge_id=str(charge["charge_id"]),
        request=str(charge["request"]),
        quarters=int(charge["quarters"]),
    )
    return Reservation(claim, id=str(charge["reservation"]), holder=str(charge["holder"]))


def _entry(item: Item) -> Entry:
    told = {name: value for name, value in item.items() if name not in ("pk", "sk")}
    return Entry(at=str(item["sk"]).split("#")[1], **told)  # type: ignore[arg-type]
