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

    @property
    def key(self) -> Key:
        return charge_key(self.account, self.id)

    def matches(self, item: Item) -> bool:
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

    @classmethod
    def from_item(cls, item: Item) -> "Reservation":
        """Return the latest reservation of a charge item."""
        purchase = Purchase(
            account=str(item["account"]),
            key_id=str(item["key_id"]),
            id=str(item["charge_id"]),
            fingerprint=str(item["request"]),
            quarters=int(item["quarters"]),
        )
        return cls(purchase, id=str(item["reservation"]), holder=str(item["holder"]))

    def reserve_write(self, now: str, replaced: Item | None) -> Write:
        """Return the write of a new charge item, or of one that replaces an item that is over."""
        attributes: dict[str, Value] = {
            "account": self.purchase.account,
            "key_id": self.purchase.key_id,
            "charge_id": self.purchase.id,
            "request": self.purchase.fingerprint,
            "quarters": self.purchase.quarters,
            "state": "reserved",
            "reservation": self.id,
            "holder": self.holder,
            "due": due_partition(self.purchase.id[0]),
            "due_at": now,
        }
        unchanged = [Condition("pk", "absent")]
        if replaced:
            unchanged = [Condition(name, "=", replaced[name]) for name in ("reservation", "state")]
        return Write(self.purchase.key, set=attributes, when=tuple(unchanged))

    def take_over_write(self, now: str) -> Write:
        attributes = {"holder": self.holder, "due_at": now}
        return Write(self.purchase.key, set=attributes, when=self._is_reserved())

    def settle_write(self, now: str, quarters: int) -> Write:
        """Return the write that charges so many quarters of the reservation."""
        return self._final_write({"state": "settled", "settled_at": now, "quarters": quarters})

    def release_write(self, condition: Condition) -> Write:
        return self._final_write({"state": "released"}, condition)

    def _final_write(self, attributes: dict[str, Value], *conditions: Condition) -> Write:
        when = (*self._is_reserved(), *conditions)
        return Write(self.purchase.key, set=attributes, remove=("due", "due_at"), when=when)

    def _is_reserved(self) -> tuple[Condition, ...]:
        return Condition("reservation", "=", self.id), Condition("state", "=", "reserved")


def charge_key(account: str, purchase_id: str) -> Key:
    """Return the key of the charge item of a purchase."""
    return Key(f"charge#{account}#{purchase_id}", "charge")


def due_partition(shard: str) -> str:
    """Return the value of `due`, under which the index lists the reserved items of a shard."""
    return f"reservation#{shard}"
