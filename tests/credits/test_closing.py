from datetime import date

import pytest

from cutout.credits import closing
from cutout.credits.allowance import DAY_S, Allowance, Visitor
from cutout.errors import AllowanceUsedUp

NOON = 1_793_361_600  # 2026-10-30T12:00Z
ANN = Visitor("203.0.113.7")


@pytest.fixture
def allowance(table, clock):
    clock.now = NOON
    return Allowance(table, clock, "secret", per_address=3, per_day=100)


def is_open(allowance):
    try:
        allowance.consume(ANN)
    except AllowanceUsedUp:
        return False
    return True


def test_an_alarm_refuses_visitors_until_it_ends(allowance, table, clock):
    closing.close_for_alarm(table, clock)

    assert not is_open(allowance)
    clock.now += 3 * DAY_S  # into the next month
    assert not is_open(allowance)
    closing.end_alarm(table, clock)
    assert is_open(allowance)


def test_the_error_of_a_closed_service_asks_to_come_back_after_midnight(allowance, table, clock):
    closing.close_for_alarm(table, clock)

    with pytest.raises(AllowanceUsedUp, match=r"budget.* after midnight UTC") as refused:
        allowance.consume(ANN)

    assert refused.value.retry_after_s == DAY_S // 2 + 1


def test_a_budget_refuses_visitors_until_the_next_month(allowance, table, clock):
    closed = closing.close_for_budget(table, clock)

    assert closed == [date(2026, 10, 30), date(2026, 10, 31)]
    assert not is_open(allowance)
    clock.now += DAY_S
    assert not is_open(allowance)
    clock.now += DAY_S
    assert is_open(allowance)


def test_the_end_of_an_alarm_does_not_lift_a_budget(allowance, table, clock):
    closing.close_for_alarm(table, clock)
    closing.close_for_budget(table, clock)

    closing.end_alarm(table, clock)

    assert not is_open(allowance)


def test_reopening_serves_visitors_within_what_their_day_had_left(allowance, table, clock):
    allowance.consume(ANN)
    closing.close_for_alarm(table, clock)
    closing.close_for_budget(table, clock)

    assert len(closing.reopen(table, clock)) == 31

    assert [is_open(allowance) for _ in range(3)] == [True, True, False]
    assert closing.closed_days(table, clock) == []


def test_opening_an_open_service_writes_nothing(table, clock):
    assert closing.reopen(table, clock) == closing.end_alarm(table, clock) == []
    assert table.items() == []


def test_marks_expire_with_the_day_that_they_close(table, clock):
    clock.now = NOON
    closing.close_for_budget(table, clock)

    first, last = (item["expires_at"] for item in table.items())
    assert clock.now + DAY_S < first <= clock.now + 2 * DAY_S
    assert last == first + DAY_S
