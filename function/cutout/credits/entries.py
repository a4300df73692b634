"""Entries of an account, append-only; its balance is the sum of their quarters."""

from dataclasses import dataclass
from typing import Literal

from cutout.errors import InsufficientCredits
from cutout.ports import Condition, Item, Key, Value, Write

from .accounts import account_key

QUARTERS_PER_CREDIT = 4  # amounts are whole numbers of quarters

Kind = Literal["grant", "expire", "reserve", "settle", "release"]


@dataclass(frozen=True)
class Entry:
    """One change of an account, or the settlement of a reservation."""

    at: str  # timestamp
    kind: Kind
    quarters: int  # added to the balance; negative for "reserve" and "expire"
    # Quarters of a "settle". With its `quarters`, which are 0 unless the price was less than what
    # had been reserved, they are those that the "reserve" before it subtracted.
    charged: int = 0
    reservation: str = ""
    key_id: str = ""
    note: str = ""
    # quarters of a "grant" or "expire", once more; None in those of version 0.1.0. Functions that
    # serve requests have no permission to write this attribute, so that they cannot forge a grant.
    granted: int | None = None

    @classmethod
    def from_item(cls, item: Item) -> "Entry":
        attributes = {name: value for name, value in item.items() if name not in ("pk", "sk")}
        return cls(at=str(item["sk"]).split("#")[1], **attributes)  # type: ignore[arg-type]


def format_credits(quarters: int) -> str:
    """Format quarters of a credit as credits: 3 is "0.75"."""
    return f"{quarters / QUARTERS_PER_CREDIT:.2f}".rstrip("0").rstrip(".")


def insufficient(quarters: int, left: int) -> InsufficientCredits:
    """Return the error of a balance of `left` quarters where more are needed."""
    needed = format_credits(quarters)
    return InsufficientCredits(f"credits needed: {needed}; credits left: {format_credits(left)}")


def entry_key(account: str, entry: Entry) -> Key:
    return Key(account_key(account).pk, f"entry#{entry.at}#{entry.reservation}#{entry.kind}")


def entry_writes(account: str, entry: Entry) -> tuple[Write, ...]:
    """Return the writes of an entry and of the balance, whose condition keeps it above or at 0."""
    attributes: dict[str, Value] = {
        name: value
        for name, value in vars(entry).items()
        if value is not None and value != "" and name != "at"
    }
    written = Write(entry_key(account, entry), set=attributes, when=(Condition("pk", "absent"),))
    if not entry.quarters:
        return (written,)
    enough = Condition("quarters", ">=", max(0, -entry.quarters))
    return written, Write(account_key(account), add={"quarters": entry.quarters}, when=(enough,))
