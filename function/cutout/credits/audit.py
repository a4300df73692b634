"""The audit of an account: whether its balance is what its entries say, and who wrote its grants.

The roles of functions that decode pictures may lower and raise balances, since they reserve and
release, and AWS's policies know no amounts. They may not write the attribute `granted`.
"""

from collections.abc import Iterable, Iterator

from cutout.ports import Table, Write

from . import statement
from .entries import Entry, entry_key, format_credits


def findings(balance: int, entries: Iterable[Entry]) -> Iterator[str]:
    """Yield a sentence for each thing that is wrong with an account.

    balance is in quarters of a credit, and entries are all of the account.
    """
    entries = list(entries)
    total = sum(entry.quarters for entry in entries)
    if balance != total:
        yield (
            f"the balance is {format_credits(balance)} credits, and the entries add up to "
            f"{format_credits(total)}"
        )
    try:
        statement.check(entries)
    except statement.Unbalanced as error:
        yield str(error)
    for entry in entries:
        if entry.kind in ("grant", "expire") and entry.granted != entry.quarters:
            yield (
                f"{entry.kind} of {format_credits(abs(entry.quarters))} credits at {entry.at}: "
                f"{_doubt(entry)}"
            )


def _doubt(entry: Entry) -> str:
    if entry.granted is None:
        return "written by version 0.1.0, or by a function that may not grant; see --vouch"
    return f"{format_credits(abs(entry.granted))} when it was made"


def vouch(table: Table, account: str, entries: Iterable[Entry]) -> int:
    """Mark the grants and expiries of version 0.1.0 as right, and return how many there were."""
    unmarked = [
        entry for entry in entries if entry.kind in ("grant", "expire") and entry.granted is None
    ]
    for entry in unmarked:
        table.write(Write(entry_key(account, entry), set={"granted": entry.quarters}))
    return len(unmarked)
