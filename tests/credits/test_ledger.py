"""What is charged, and what is not. The bottom of the file is on DynamoDB, with many at once."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from cutout.credits.accounts import Accounts
from cutout.credits.charge import Claim
from cutout.credits.ledger import DEAD_AFTER_S, REMEMBERED_S, Ledger
from cutout.errors import IdempotencyKeyReused, InsufficientCredits, InvalidParameter
from tests.memory import Clock, digits

CLAIM = Claim("shop", "00000001", charge_id="c1", request="r1", quarters=4)


@pytest.fixture
def ledger(table, clock):
    Accounts(table, clock, digits()).create_key("shop")
    ids = itertools.count()
    ledger = Ledger(table, clock, lambda: f"id{next(ids)}")
    ledger.grant("shop", 40)
    return ledger


def kinds(ledger):
    return sorted(entry.kind for entry in ledger.entries("shop"))


def is_balanced(ledger, account="shop"):
    return ledger.balance(account) == sum(entry.quarters for entry in ledger.entries(account))


def test_what_is_settled_is_paid(ledger):
    reservation = ledger.reserve(CLAIM)
    assert ledger.balance("shop") == 36

    assert ledger.settle(reservation)

    assert ledger.balance("shop") == 36
    assert kinds(ledger) == ["grant", "reserve", "settle"]
    assert [entry.charged for entry in ledger.entries("shop")] == [0, 0, 4]
    assert is_balanced(ledger)


def test_what_is_released_is_given_back(ledger):
    assert ledger.release(ledger.reserve(CLAIM))

    assert ledger.balance("shop") == 40
    assert kinds(ledger) == ["grant", "release", "reserve"]
    assert is_balanced(ledger)


def test_nothing_ends_twice(ledger):
    paid, failed = ledger.reserve(CLAIM), ledger.reserve(replace(CLAIM, charge_id="c2"))
    ledger.settle(paid)
    ledger.release(failed)

    assert not ledger.settle(paid)
    for reservation in (paid, failed):
        assert not ledger.release(reservation)

    assert ledger.balance("shop") == 36
    assert is_balanced(ledger)


def test_the_same_within_a_day_is_paid_already(ledger, clock):
    ledger.settle(ledger.reserve(CLAIM))
    clock.now += REMEMBERED_S - 1

    again = ledger.reserve(CLAIM)

    assert again.is_paid
    assert not ledger.settle(again) and not ledger.release(again)
    assert ledger.balance("shop") == 36


def test_after_a_day_it_is_another_charge(ledger, clock):
    ledger.settle(ledger.reserve(CLAIM))
    clock.now += REMEMBERED_S

    assert ledger.settle(ledger.reserve(CLAIM))

    assert ledger.balance("shop") == 32
    assert is_balanced(ledger)


def test_what_failed_may_be_tried_again(ledger):
    ledger.release(ledger.reserve(CLAIM))

    assert ledger.settle(ledger.reserve(CLAIM))

    assert ledger.balance("shop") == 36
    assert is_balanced(ledger)


def test_one_name_for_two_requests_is_refused(ledger):
    ledger.settle(ledger.reserve(CLAIM))

    with pytest.raises(IdempotencyKeyReused):
        ledger.reserve(replace(CLAIM, request="r2"))

    assert ledger.balance("shop") == 36


def test_of_two_at_the_same_the_first_that_is_ready_pays(ledger):
    first, second = ledger.reserve(CLAIM), ledger.reserve(CLAIM)
    assert ledger.balance("shop") == 36

    assert ledger.settle(first)
    assert not ledger.settle(second)

    assert is_balanced(ledger)


@pytest.mark.parametrize("fails", [0, 1])
def test_of_two_at_the_same_one_may_fail(ledger, fails):
    both = [ledger.reserve(CLAIM), ledger.reserve(CLAIM)]

    ledger.release(both[fails])
    assert ledger.settle(both[1 - fails])

    assert ledger.balance("shop") == 36
    assert is_balanced(ledger)


def test_what_was_released_and_paid_since_is_not_paid_again(ledger):
    first, second = ledger.reserve(CLAIM), ledger.reserve(CLAIM)
    ledger.release(second)
    third = ledger.reserve(CLAIM)

    assert ledger.settle(third)
    assert not ledger.settle(first)

    assert ledger.balance("shop") == 36


def test_no_answer_is_given_for_nothing_where_the_credits_went_in_between(ledger):
    first, second = ledger.reserve(CLAIM), ledger.reserve(CLAIM)
    ledger.release(second)
    ledger.expire("shop", 40)

    with pytest.raises(InsufficientCredits):
        ledger.settle(first)

    assert ledger.balance("shop") == 0
    assert is_balanced(ledger)


def test_without_enough_credits_nothing_is_reserved(ledger):
    ledger.expire("shop", 37)

    with pytest.raises(InsufficientCredits, match=r"needed: 1; credits left: 0\.75"):
        ledger.reserve(CLAIM)

    assert ledger.balance("shop") == 3
    assert is_balanced(ledger)


def test_what_is_paid_is_answered_again_without_any_credits(ledger):
    ledger.settle(ledger.reserve(CLAIM))
    ledger.expire("shop", 36)

    assert ledger.reserve(CLAIM).is_paid


def test_more_than_there_is_does_not_expire(ledger):
    with pytest.raises(InsufficientCredits, match="shop has 10 credits left"):
        ledger.expire("shop", 41)

    assert ledger.balance("shop") == 40


def test_a_grant_to_nobody_is_a_mistake(ledger):
    with pytest.raises(InvalidParameter, match="no account shed"):
        ledger.grant("shed", 4)


def test_the_sweep_gives_back_what_nobody_works_at(ledger, clock):
    dead = ledger.reserve(CLAIM)
    clock.now += DEAD_AFTER_S
    alive = ledger.reserve(replace(CLAIM, charge_id="d2"))
    clock.now += 1

    assert ledger.sweep() == 1
    assert ledger.sweep() == 0

    assert ledger.balance("shop") == 36
    assert ledger.settle(alive)
    assert ledger.settle(dead)  # that was not so dead after all
    assert ledger.balance("shop") == 32
    assert is_balanced(ledger)


def test_the_sweep_waits_for_who_took_over(ledger, clock):
    ledger.reserve(CLAIM)
    clock.now += DEAD_AFTER_S
    retried = ledger.reserve(CLAIM)
    clock.now += DEAD_AFTER_S - 1

    assert ledger.sweep() == 0
    assert ledger.settle(retried)

    assert ledger.balance("shop") == 36


def test_entries_are_told_to_the_end_of_a_month(ledger, clock):
    ledger.settle(ledger.reserve(CLAIM))
    (month,) = {entry.at[:7] for entry in ledger.entries("shop")}
    clock.now += 31 * 24 * 3600
    ledger.settle(ledger.reserve(CLAIM))

    assert len(list(ledger.entries("shop"))) == 5
    assert {entry.at[:7] for entry in ledger.entries("shop", until=month)} == {month}


# -- On DynamoDB, with many at once ----------------------------------------------------------------


@pytest.fixture
def real(ledger_table, account):
    """An account with 50 credits."""
    clock = Clock()
    ids = itertools.count()
    Accounts(ledger_table, clock, digits()).create_key(account)
    ledger = Ledger(ledger_table, clock, lambda: f"{account}-{next(ids)}")
    ledger.grant(account, 200)
    return ledger, Claim(account, "00000001", "c", "r", 4), clock


def test_sixteen_threads_cannot_spend_more_than_there_is(real):
    ledger, claim, _ = real

    def call(number):
        name = f"{number:04x}"
        try:
            reservation = ledger.reserve(replace(claim, charge_id=name, request=name))
        except InsufficientCredits:
            return 0
        return ledger.settle(reservation)

    with ThreadPoolExecutor(16) as pool:
        charged = list(pool.map(call, range(500)))

    assert sum(charged) == 50
    assert ledger.balance(claim.account) == 0
    assert is_balanced(ledger, claim.account)
    settled = [entry for entry in ledger.entries(claim.account) if entry.kind == "settle"]
    assert len(settled) == 50 and sum(entry.charged for entry in settled) == 200


def test_sixteen_at_the_same_are_charged_once(real):
    ledger, claim, _ = real

    with ThreadPoolExecutor(16) as pool:
        paid = list(pool.map(lambda _: ledger.settle(ledger.reserve(claim)), range(16)))

    assert sum(paid) == 1
    assert ledger.balance(claim.account) == 196
    assert is_balanced(ledger, claim.account)


def test_whatever_sixteen_threads_do_to_ten_charges_it_adds_up(real):
    ledger, claim, clock = real

    def call(number):
        name = f"{number % 10:04x}"
        reservation = ledger.reserve(replace(claim, charge_id=name, request=name))
        match number // 10 % 3:
            case 0:
                ledger.settle(reservation)
            case 1:
                ledger.release(reservation)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(call, range(300)))
    clock.now += DEAD_AFTER_S + 1
    ledger.sweep()

    assert is_balanced(ledger, claim.account)
    settled = [entry.reservation for entry in ledger.entries(claim.account) if entry.charged]
    assert len(settled) == len(set(settled)) <= 10
    assert ledger.balance(claim.account) == 200 - 4 * len(settled)
