"""The item of a charge, which goes from reserved to settled or released.

One that is reserved is in the index of what is due, for the sweep.
"""

from dataclasses import dataclass

from cutout.ports.table import Item, Key, When, Write

SHARDS = "0123456789abcdef"  # of what is due, so that no partition of the index takes it all


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
    is_paid: bool = False  # by an answer that came before


def key(claim: Claim) -> Key:
    return Key(f"charge#{claim.account}#{claim.charge_id}", "charge")


def due(shard: str) -> str:
    return f"reservation#{shard}"


def reserved(reservation: Reservation, now: str, over: Item | None) -> Write:
    """over is the charge that was there before, and has ended."""
    unchanged = (
        (When("reservation", "=", over["reservation"]), When("state", "=", over["state"]))
        if over
        else (When("pk", "absent"),)
    )
    state = {
        "state": "reserved",
        "reservation": reservation.id,
        "holder": reservation.holder,
        "due": due(reservation.claim.charge_id[0]),
        "due_at": now,
    }
    return Write(key(reservation.claim), set=vars(reservation.claim) | state, when=unchanged)


def taken_over(reservation: Reservation, now: str) -> Write:
    news = {"holder": reservation.holder, "due_at": now}
    return Write(key(reservation.claim), set=news, when=_is_reserved(reservation))


def settled(reservation: Reservation, now: str) -> Write:
    return _ended(reservation, {"state": "settled", "settled_at": now})


def released(reservation: Reservation, only: When) -> Write:
    return _ended(reservation, {"state": "released"}, only)


def of(item: Item) -> Reservation:
    claim = Claim(
        account=str(item["account"]),
        key_id=str(item["key_id"]),
        charge_id=str(item["charge_id"]),
        request=str(item["request"]),
        quarters=int(item["quarters"]),
    )
    return Reservation(claim, id=str(item["reservation"]), holder=str(item["holder"]))


def _ended(reservation: Reservation, state: dict[str, str], *only: When) -> Write:
    return Write(
        key(reservation.claim),
        set=state,
        remove=("due", "due_at"),
        when=(*_is_reserved(reservation), *only),
    )


def _is_reserved(reservation: Reservation) -> tuple[When, ...]:
    return When("reservation", "=", reservation.id), When("state", "=", "reserved")
