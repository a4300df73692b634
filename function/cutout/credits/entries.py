"""What an account's balance is made of: entries that stay, of which it is the sum."""

from dataclasses import dataclass
from typing import Literal

from cutout.ports.table import Item, Key, Value, When, Write

from .accounts import account_key

QUARTERS = 4  # of a credit: all amounts are whole numbers of them

Kind = Literal["grant", "expire", "reserve", "settle", "release"]


@dataclass(frozen=True)
class Entry:
    at: str
    kind: Kind
    quarters: int  # by which it changed the balance
    charged: int = 0  # quarters, where it settles
    reservation: str = ""
    key_id: str = ""
    note: str = ""


def in_credits(quarters: int) -> str:
    return f"{quarters / QUARTERS:.2f}".rstrip("0").rstrip(".")


def posting(account: str, entry: Entry) -> tuple[Write, ...]:
    """The entry, and the balance's change, which does not take it below zero."""
    told: dict[str, Value] = {
        name: value for name, value in vars(entry).items() if value != "" and name != "at"
    }
    key = Key(account_key(account).pk, f"entry#{entry.at}#{entry.reservation}#{entry.kind}")
    written = Write(key, set=told, when=(When("pk", "absent"),))
    if not entry.quarters:
        return (written,)
    enough = When("quarters", ">=", max(0, -entry.quarters))
    return written, Write(account_key(account), add={"quarters": entry.quarters}, when=(enough,))


def of(item: Item) -> Entry:
    told = {name: value for name, value in item.items() if name not in ("pk", "sk")}
    return Entry(at=str(item["sk"]).split("#")[1], **told)  # type: ignore[arg-type]
