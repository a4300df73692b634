"""Items with an `ends_at`, which is a moment, or empty for never."""

from cutout.errors import InvalidParameter
from cutout.ports.clock import moment
from cutout.ports.table import Item, Key, Refused, Table, When, Write


def has_ended(item: Item, now: float) -> bool:
    return bool(item["ends_at"]) and str(item["ends_at"]) <= moment(now)


def existing(table: Table, key: Key, missing: str) -> Item:
    item = table.get(key)
    if not item:
        raise InvalidParameter(missing)
    return item


def end(table: Table, key: Key, at: float, missing: str) -> None:
    """It does not live longer for being ended twice."""
    ends_at = moment(at)
    while True:
        known = existing(table, key, missing)["ends_at"]
        if known and str(known) < ends_at:
            return
        unchanged = When("ends_at", "=", known)
        try:
            return table.write(Write(key, set={"ends_at": ends_at}, when=(unchanged,)))
        except Refused:
            continue  # somebody else has ended it
