"""The statement of an account for a month, made from entries that are checked."""

from collections.abc import Iterable
from dataclasses import dataclass

from .entries import Entry


class Unbalanced(Exception):
    """An entry has no matching counterpart. str(error) names its reservation."""


@dataclass(frozen=True)
class Statement:
    """Sums of a month, in quarters of a credit.

    closing == opening + granted - expired - charged - held
    """

    opening: int
    granted: int
    expired: int
    charged: int
    held: int  # change of what is reserved but neither settled nor released
    closing: int
    calls: tuple[Entry, ...]  # the charges: entries of kind "settle", in order of time


def for_month(entries: Iterable[Entry], month: str) -> Statement:
    """Make the statement of a month such as 2026-11.

    The entries are all of the account's until the end of that month. Raises Unbalanced.
    """
    entries_by_time = sorted(entries, key=lambda entry: entry.at)
    check(entries_by_time)
    of_month = [entry for entry in entries_by_time if entry.at.startswith(month)]
    sums = {
        kind: sum(entry.quarters for entry in of_month if entry.kind == kind)
        for kind in ("grant", "expire", "reserve", "settle", "release")
    }
    calls = tuple(entry for entry in of_month if entry.kind == "settle")
    charged = sum(call.charged for call in calls)
    opening = sum(entry.quarters for entry in entries_by_time if entry.at < month)
    return Statement(
        opening=opening,
        granted=sums["grant"],
        expired=-sums["expire"],
        charged=charged,
        held=-sums["reserve"] - sums["settle"] - sums["release"] - charged,
        closing=opening + sum(entry.quarters for entry in of_month),
        calls=calls,
    )


def check(entries: Iterable[Entry]) -> None:
    """Raise Unbalanced unless each "settle" and "release" ends a reservation of the same amount,
    and no reservation ends twice."""
    reserved: dict[str, int] = {}
    ended: set[str] = set()
    for entry in entries:
        if entry.kind == "reserve":
            reserved[entry.reservation] = -entry.quarters
    for entry in entries:
        if entry.kind not in ("settle", "release"):
            continue
        if reserved.get(entry.reservation) != entry.charged + entry.quarters:
            raise Unbalanced(f"{entry.kind} {entry.reservation} does not match a reservation")
        if entry.reservation in ended:
            raise Unbalanced(f"{entry.reservation} has ended twice")
        ended.add(entry.reservation)
