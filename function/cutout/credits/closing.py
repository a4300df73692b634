"""Closes the service to visitors, who have no API key, and opens it again.

An alarm or a budget closes it (`lambdas/close.py`); requests with an API key are served as before.
A closed day is marked in the item in which `allowance.py` counts the day's requests, so that the
mark costs no further read. Alarm and budget have a mark each: an alarm that ends removes its own
and leaves the budget's.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

from cutout.ports import Clock, Table, Write

from .allowance import BY_ALARM, BY_BUDGET, DAY_S, MARKS, total_key

MOST_DAYS = 31  # marked at once: an alarm that lasts longer no longer closes the service


def close_for_alarm(table: Table, clock: Clock) -> list[date]:
    """Refuse visitors until the alarm ends. Returns the days that are marked."""
    return _mark(table, _days(clock, MOST_DAYS), BY_ALARM)


def close_for_budget(table: Table, clock: Clock) -> list[date]:
    """Refuse visitors until the calendar month ends, in UTC. Returns the days that are marked."""
    today = _today(clock)
    left = monthrange(today.year, today.month)[1] - today.day + 1
    return _mark(table, _days(clock, left), BY_BUDGET)


def end_alarm(table: Table, clock: Clock) -> list[date]:
    """Serve visitors again unless a budget has closed the service. Returns the days unmarked."""
    return _unmark(table, closed_days(table, clock, BY_ALARM), BY_ALARM)


def reopen(table: Table, clock: Clock) -> list[date]:
    """Serve visitors again, within the day's allowance. Returns the days that were closed."""
    return _unmark(table, closed_days(table, clock), *MARKS)


def closed_days(table: Table, clock: Clock, *marks: str) -> list[date]:
    """Return the days from today on that have one of the marks, or any mark if none is given."""
    items = ((day, table.get(total_key(day.isoformat()))) for day in _days(clock, MOST_DAYS))
    return [day for day, item in items if item and item.keys() & set(marks or MARKS)]


def _mark(table: Table, days: list[date], mark: str) -> list[date]:
    for day in days:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        values = {mark: True, "expires_at": int(midnight) + 2 * DAY_S}
        table.write(Write(total_key(day.isoformat()), set=values))
    return days


def _unmark(table: Table, days: list[date], *marks: str) -> list[date]:
    for day in days:
        table.write(Write(total_key(day.isoformat()), remove=marks))
    return days


def _days(clock: Clock, count: int) -> list[date]:
    return [_today(clock) + timedelta(days) for days in range(count)]


def _today(clock: Clock) -> date:
    return datetime.fromtimestamp(clock(), UTC).date()
