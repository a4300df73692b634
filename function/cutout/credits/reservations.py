"""Charge items of the ledger table, which go from reserved to settled or released.

Reserved items are in the index `due`, from which the sweep releases the abandoned ones.
"""

from dataclasses import dataclass, replace

from cutout.ports import Condition, Item, Key, Value, Write

SHARDS = "0123456789abcdef"  # of the index, so that its writes spread over partitions


@dataclass(frozen=True)
class Purchase:
    """What an account pays for: a price under an id, which is charged once in 24 hours."""

    account: str
    key_id: str  # of the API key; "batch" for the pictures of batches
    id: str  # hexadecimal; a request without an Idempotency-Key has its fingerprint here
    fingerprint: str  # of the request; an id is refused for a request with another one
    quarters: int  # of a credit
    former_fingerprint: str = ""  # of the same request, as an earlier version computed it

    def is_of(self, item: Item) -> bool:
        """Return whether a charge item was written for the same request."""
        return item["request"] in (self.fingerprint, self.former_fingerprint)

    def under_former_id(self) -> "Purchase | None":
        """Return the purchase as an earlier version wrote it, or None if that has the same id."""
        if not self.former_fingerprint or self.id != self.fingerprint:
            return None
        former = self.former_fingerprint
        return replace(self, id=former, fingerprint=former, former_fingerprint="")


@dataclass(frozen=True)
class Reservation:
    """The price of a purchase, subtracted from the balance until settled or released."""

    purchase: Purchase
    id: str
    holder: str  # identifies the latest caller; only the holder may release the reservation
    is_paid: bool = False  # an earlier reservation of the same purchase was settled


def charge_key(purchase: Purchase) -> Key:
    return Key(f"charge#{purchase.account}#{purchase.id}", "charge")


def due_partition(shard: str) -> str:
    """Return the value of `due`, under which the index lists the reserved items of a shard."""
    return f"reservation#{shard}"


def reserve_write(reservation: Reservation, now: str, replaced: Item | None) -> Write:
    """Return the write of a new reservation; it replaces the given item, which must be over."""
    purchase = reservation.purchase
    attributes: dict[str, Value] = {
        "account": purchase.account,
        "key_id": purchase.key_id,
        "charge_id": purchase.id,
        "request": purchase.fingerprint,
        "quarters": purchase.quarters,
        "state": "reserved",
        "reservation": reservation.id,
        "holder": reservation.holder,
        "due": due_partition(purchase.id[0]),
        "due_at": now,
    }
    unchanged = (
        tuple(Condition(name, "=", replaced[name]) for name in ("reservation", "state"))
        if replaced
        else (Condition("pk", "absent"),)
    )
    return Write(charge_key(purchase), set=attributes, when=unchanged)


def take_over_write(reservation: Reservation, now: str) -> Write:
    attributes = {"holder": reservation.holder, "due_at": now}
    return Write(charge_key(reservation.purchase), attributes, when=_is_reserved(reservation))


def settle_write(reservation: Reservation, now: str) -> Write:
    return _final_write(reservation, {"state": "settled", "settled_at": now})


def release_write(reservation: Reservation, condition: Condition) -> Write:
    return _final_write(reservation, {"state": "released"}, condition)


def reservation_of(item: Item) -> Reservation:
    """Return the latest reservation of a charge item."""
    purchase = Purchase(
        account=str(item["account"]),
        key_id=str(item["key_id"]),
        id=str(item["charge_id"]),
        fingerprint=str(item["request"]),
        quarters=int(item["quarters"]),
    )
    return Reservation(purchase, id=str(item["reservation"]), holder=str(item["holder"]))


def _final_write(
    reservation: Reservation, attributes: dict[str, str], *conditions: Condition
) -> Write:
    return Write(
        charge_key(reservation.purchase),
        set=attributes,
        remove=("due", "due_at"),
        when=(*_is_reserved(reservation), *conditions),
    )


def _is_reserved(reservation: Reservation) -> tuple[Condition, ...]:
    return Condition("reservation", "=", reservation.id), Condition("state", "=", "reserved")
