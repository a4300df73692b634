"""Pictures a second that each limit would let through if there were no other."""

from math import inf

from . import ramp
from .book import DOOR, Book
from .case import Case, account, call_s, gather_s, picture_s, plan_s

SAME = 1.001  # limits this close bind together


def limits(case: Case, book: Book) -> dict[str, float]:
    return flow(case, book) | _growths(case, book) | _around(case, book)


def flow(case: Case, book: Book) -> dict[str, float]:
    """Those that hold all the while."""
    return _rooms(case, book) | _rates(case, book)


def first(limits: dict[str, float]) -> list[str]:
    """Those that bind."""
    least = min(limits.values()) * SAME
    return [name for name, rate in limits.items() if rate <= least]


def then(limits: dict[str, float]) -> list[str]:
    """Those that would bind if these were raised."""
    bound = first(limits)
    return first({name: rate for name, rate in limits.items() if name not in bound})


def _rooms(case: Case, book: Book) -> dict[str, float]:
    way, each_s = case.way, picture_s(case, book)
    found = {
        f"`{way.concurrency}`": case.at_once / each_s,
        account(case, book).what: account(case, book).size / each_s,
    }
    if not way.is_planned:
        return found
    children = book.rooms["children"]
    # Fewer calls than may run at once: the pictures take as long as one of them.
    return found | {
        children.what: children.size / each_s,
        "`BatchItems`": case.pictures / call_s(case, book),
    }


def _rates(case: Case, book: Book) -> dict[str, float]:
    needed = case.way.rates.of(case.pictures, case.calls)
    return {
        book.rates[name].what: _a_second(case, book.rates[name].seconds(count))
        for name, count in needed.items()
        if not (case.is_door_raised and name in DOOR)
    }


def _growths(case: Case, book: Book) -> dict[str, float]:
    work = case.pictures * picture_s(case, book)
    growths = [book.growths[name] for name in case.way.growths]
    return {one.what: _a_second(case, ramp.seconds(work, inf, one)) for one in growths}


def _around(case: Case, book: Book) -> dict[str, float]:
    if not case.way.is_planned:
        return {}
    return {
        "Plan's LISTs": _a_second(case, plan_s(case, book)),
        "Gather's GETs": _a_second(case, gather_s(case, book)),
    }


def _a_second(case: Case, seconds: float) -> float:
    return case.pictures / seconds if seconds else inf
