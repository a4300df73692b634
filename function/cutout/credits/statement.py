"""A month of an account, and whether its entries agree with each other."""

from collections.abc import Iterable
from dataclasses import dataclass

from .entries import Entry


class Unbalanced(Exception):
    """str(error) says which entry has no counterpart."""


@dataclass(frozen=True)
class Statement:
    """In quarters of a credit. What is held is reserved and neither paid nor given back yet."""

    opening: int
    granted: int
    expired: int
    charged: int
    held: int  # less what was held when the month began
    closing: int
    calls: tuple[Entry, ...]  # that were charged, in their order


def of(entries: Iterable[Entry], month: str) -> Statement:
    """month is like 2026-11, and entries are all that the account has had until it was over."""
    known = sorted(entries, key=lambda entry: entry.at)
    _check(known)
    ours = [entry for entry in known if entry.at.startswith(month)]
    sums = {
        kind: sum(entry.quarters for entry in ours if entry.kind == kind)
        for kind in ("grant", "expire", "reserve", "release")
    }
    calls = tuple(entry for entry in ours if entry.kind == "settle")
    charged = sum(call.charged for call in calls)
    opening = sum(entry.quarters for entry in known if entry.at < month)
    return Statement(
        opening=opening,
        granted=sums["grant"],
        expired=-sums["expire"],
        charged=charged,
        held=-sums["reserve"] - sums["release"] - charged,
        closing=opening + sum(entry.quarters for entry in ours),
        calls=calls,
    )


def _check(entries: Iterable[Entry]) -> None:
    """What was reserved ends at most once, and with the same amount; nothing else ends."""
    reserved: dict[str, int] = {}
    ended: set[str] = set()
    for entry in entries:
        if entry.kind == "reserve":
            reserved[entry.reservation] = -entry.quarters
    for entry in entries:
        if entry.kind not in ("settle", "release"):
            continue
        if reserved.get(entry.reservation) != entry.charged + entry.quarters:
            raise Unbalanced(f"{entry.kind} {entry.reservation} is not what was reserved")
        if entry.reservation in ended:
            raise Unbalanced(f"{entry.reservation} has ended twice")
        ended.add(entry.reservation)
