"""The ledger in memory, and in threads on DynamoDB at the end of the file."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from cutout.credits.accounts import Accounts, ApiKey, account_key
from cutout.credits.ledger import ABANDONED_AFTER_S, PAID_FOR_S, Ledger
from cutout.credits.rate_limit import RateLimit
from cutout.credits.reservations import Purchase
from cutout.errors import (
    IdempotencyKeyReused,
    InsufficientCredits,
    InvalidParameter,
    RateLimited,
)
from cutout.picture import Size
from tests.memory import Clock, digits

PURCHASE = Purchase("shop", "00000001", id="c1", fingerprint="r1", quarters=4)


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


def test_a_settled_reservation_is_charged(ledger):
    reservation = ledger.reserve(PURCHASE)
    assert ledger.balance("shop") == 36

    assert ledger.settle(reservation)

    assert ledger.balance("shop") == 36
    assert kinds(ledger) == ["grant", "reserve", "settle"]
    assert [entry.charged for entry in ledger.entries("shop")] == [0, 0, 4]
    assert is_balanced(ledger)


def test_a_reservation_may_be_settled_for_less_and_returns_the_rest(ledger):
    reservation = ledger.reserve(PURCHASE)

    assert ledger.settle(reservation, 1)

    assert ledger.balance("shop") == 39
    assert [entry.charged for entry in ledger.entries("shop")] == [0, 0, 1]
    assert is_balanced(ledger)
    assert not ledger.settle(ledger.reserve(PURCHASE), 4)  # it is paid
    assert ledger.balance("shop") == 39


def test_a_reservation_that_was_released_is_settled_for_the_lower_price(ledger):
    reservation = ledger.reserve(PURCHASE)
    ledger.release(reservation)
    ledger.expire("shop", 39)

    assert ledger.settle(reservation, 1)

    assert ledger.balance("shop") == 0
    assert is_balanced(ledger)


def test_no_more_is_settled_than_was_reserved(ledger):
    first = ledger.reserve(replace(PURCHASE, quarters=1))

    assert ledger.settle(ledger.reserve(PURCHASE), 4)

    assert not ledger.settle(first)
    assert ledger.balance("shop") == 39
    assert is_balanced(ledger)


def test_a_block_may_lower_what_it_is_charged(ledger):
    with ledger.charge_on_success(PURCHASE) as receipt:
        assert receipt.quarters_due == 4
        receipt.quarters_due = 1

    assert receipt.quarters_charged == 1
    assert ledger.balance("shop") == 39


def test_a_released_reservation_returns_its_price(ledger):
    assert ledger.release(ledger.reserve(PURCHASE))

    assert ledger.balance("shop") == 40
    assert kinds(ledger) == ["grant", "release", "reserve"]
    assert is_balanced(ledger)


def test_a_reservation_ends_once(ledger):
    paid, failed = ledger.reserve(PURCHASE), ledger.reserve(replace(PURCHASE, id="c2"))
    ledger.settle(paid)
    ledger.release(failed)

    assert not ledger.settle(paid)
    for reservation in (paid, failed):
        assert not ledger.release(reservation)

    assert ledger.balance("shop") == 36
    assert is_balanced(ledger)


def test_a_purchase_is_paid_for_a_day(ledger, clock):
    ledger.settle(ledger.reserve(PURCHASE))
    clock.now += PAID_FOR_S - 1

    again = ledger.reserve(PURCHASE)

    assert again.is_paid
    assert not ledger.settle(again) and not ledger.release(again)
    assert ledger.balance("shop") == 36


def test_a_purchase_is_charged_again_after_a_day(ledger, clock):
    ledger.settle(ledger.reserve(PURCHASE))
    clock.now += PAID_FOR_S

    assert ledger.settle(ledger.reserve(PURCHASE))

    assert ledger.balance("shop") == 32
    assert is_balanced(ledger)


def test_a_released_purchase_can_be_reserved_again(ledger):
    ledger.release(ledger.reserve(PURCHASE))

    assert ledger.settle(ledger.reserve(PURCHASE))

    assert ledger.balance("shop") == 36
    assert is_balanced(ledger)


def test_an_id_is_refused_for_another_request(ledger):
    ledger.settle(ledger.reserve(PURCHASE))

    with pytest.raises(IdempotencyKeyReused):
        ledger.reserve(replace(PURCHASE, fingerprint="r2"))

    assert ledger.balance("shop") == 36


def test_two_requests_for_one_purchase_are_charged_once(ledger):
    first, second = ledger.reserve(PURCHASE), ledger.reserve(PURCHASE)
    assert ledger.balance("shop") == 36

    assert ledger.settle(first)
    assert not ledger.settle(second)

    assert is_balanced(ledger)


@pytest.mark.parametrize("fails", [0, 1])
def test_one_of_two_requests_for_a_purchase_may_fail(ledger, fails):
    both = [ledger.reserve(PURCHASE), ledger.reserve(PURCHASE)]

    ledger.release(both[fails])
    assert ledger.settle(both[1 - fails])

    assert ledger.balance("shop") == 36
    assert is_balanced(ledger)


def test_a_purchase_that_was_released_and_paid_since_is_not_charged_again(ledger):
    first, second = ledger.reserve(PURCHASE), ledger.reserve(PURCHASE)
    ledger.release(second)
    third = ledger.reserve(PURCHASE)

    assert ledger.settle(third)
    assert not ledger.settle(first)

    assert ledger.balance("shop") == 36


def test_a_released_reservation_cannot_be_settled_without_credits(ledger):
    first, second = ledger.reserve(PURCHASE), ledger.reserve(PURCHASE)
    ledger.release(second)
    ledger.expire("shop", 40)

    with pytest.raises(InsufficientCredits):
        ledger.settle(first)

    assert ledger.balance("shop") == 0
    assert is_balanced(ledger)


def test_a_purchase_without_enough_credits_is_refused(ledger):
    ledger.expire("shop", 37)

    with pytest.raises(InsufficientCredits, match=r"needed: 1; credits left: 0\.75"):
        ledger.reserve(PURCHASE)

    assert ledger.balance("shop") == 3
    assert is_balanced(ledger)


def test_a_paid_purchase_needs_no_credits(ledger):
    ledger.settle(ledger.reserve(PURCHASE))
    ledger.expire("shop", 36)

    assert ledger.reserve(PURCHASE).is_paid


def test_more_than_the_balance_cannot_expire(ledger):
    with pytest.raises(InsufficientCredits, match="shop has 10 credits left"):
        ledger.expire("shop", 41)

    assert ledger.balance("shop") == 40


def test_a_grant_to_an_unknown_account_is_refused(ledger):
    with pytest.raises(InvalidParameter, match="no account shed"):
        ledger.grant("shed", 4)


def test_the_sweep_releases_abandoned_reservations(ledger, clock):
    dead = ledger.reserve(PURCHASE)
    clock.now += ABANDONED_AFTER_S
    alive = ledger.reserve(replace(PURCHASE, id="d2"))
    clock.now += 1

    assert ledger.sweep() == 1
    assert ledger.sweep() == 0

    assert ledger.balance("shop") == 36
    assert ledger.settle(alive)
    assert ledger.settle(dead)  # its worker was alive
    assert ledger.balance("shop") == 32
    assert is_balanced(ledger)


def test_the_sweep_waits_for_a_new_holder(ledger, clock):
    ledger.reserve(PURCHASE)
    clock.now += ABANDONED_AFTER_S
    retried = ledger.reserve(PURCHASE)
    clock.now += ABANDONED_AFTER_S - 1

    assert ledger.sweep() == 0
    assert ledger.settle(retried)

    assert ledger.balance("shop") == 36


def test_entries_end_with_the_given_month(ledger, clock):
    ledger.settle(ledger.reserve(PURCHASE))
    (month,) = {entry.at[:7] for entry in ledger.entries("shop")}
    clock.now += 31 * 24 * 3600
    ledger.settle(ledger.reserve(PURCHASE))

    assert len(list(ledger.entries("shop"))) == 5
    assert {entry.at[:7] for entry in ledger.entries("shop", until=month)} == {month}


# -- The rate limit of an API key, counted with a reservation -------------------------------------

API_KEY, PICTURE = ApiKey("shop", "00000001", False, 2), Size(1000, 1000)


def counted(table):
    """Return the milliseconds of the rate limit that the table holds."""
    return table.get(account_key("shop")).get("rate_00000001", 0)


def test_a_reservation_counts_in_the_rate_limit_in_its_own_write(ledger, table, clock, monkeypatch):
    writes = []
    write = table.write
    monkeypatch.setattr(table, "write", lambda *all: writes.append(len(all)) or write(*all))

    ledger.reserve(PURCHASE, RateLimit(table, clock).usage(API_KEY, PICTURE))

    assert writes == [3]
    assert counted(table) == clock.now * 1000 + 30_000


@pytest.mark.parametrize("left", [0, 40])
def test_beyond_the_rate_limit_nothing_is_reserved_or_counted(ledger, table, clock, left):
    rates = [RateLimit(table, clock) for _ in range(2)]
    for _ in range(2):
        rates[0].usage(API_KEY, PICTURE).count()
    ledger.expire("shop", 40 - left)
    before = table.items()

    for rate in rates:  # the second process knows nothing of what the first has counted
        with pytest.raises(RateLimited):
            ledger.reserve(PURCHASE, rate.usage(API_KEY, PICTURE))

    assert table.items() == before


def test_a_process_that_knows_too_little_of_the_rate_limit_reserves_once(ledger, table, clock):
    RateLimit(table, clock).usage(API_KEY, PICTURE).count()

    usage = RateLimit(table, clock).usage(API_KEY, PICTURE)
    assert ledger.settle(ledger.reserve(PURCHASE, usage))

    assert counted(table) == clock.now * 1000 + 60_000
    assert usage.state.remaining == 0
    assert ledger.balance("shop") == 36
    assert is_balanced(ledger)


@pytest.mark.parametrize("ends", [Ledger.settle, Ledger.release, lambda *_: None])
def test_a_repetition_counts_in_the_rate_limit(ledger, table, clock, ends):
    rate = RateLimit(table, clock)
    ends(ledger, ledger.reserve(PURCHASE, rate.usage(API_KEY, PICTURE)))

    ledger.reserve(PURCHASE, rate.usage(API_KEY, PICTURE))

    assert counted(table) == clock.now * 1000 + 60_000
    assert is_balanced(ledger)


def test_a_repetition_whose_first_request_fails_meanwhile_counts_once(
    ledger, table, clock, monkeypatch
):
    first, take_over = ledger.reserve(PURCHASE), ledger._take_over
    monkeypatch.setattr(
        ledger, "_take_over", lambda *repeated: ledger.release(first) and take_over(*repeated)
    )

    ledger.reserve(PURCHASE, RateLimit(table, clock).usage(API_KEY, PICTURE))

    assert counted(table) == clock.now * 1000 + 30_000
    assert is_balanced(ledger)


@pytest.mark.parametrize(
    ("purchase", "error"),
    [
        (replace(PURCHASE, id="c2", quarters=100), InsufficientCredits),
        (replace(PURCHASE, fingerprint="r2"), IdempotencyKeyReused),
    ],
)
def test_a_refused_reservation_counts_in_the_rate_limit(ledger, table, clock, purchase, error):
    rate = RateLimit(table, clock)
    ledger.reserve(PURCHASE)
    for _ in range(2):
        with pytest.raises(error):
            ledger.reserve(purchase, rate.usage(API_KEY, PICTURE))

    with pytest.raises(RateLimited):
        ledger.reserve(purchase, rate.usage(API_KEY, PICTURE))


# -- Fingerprints that an earlier version computed -------------------------------------------------

FORMER = Purchase("shop", "00000001", id="f1", fingerprint="f1", quarters=4)
PRESENT = replace(FORMER, id="a1", fingerprint="a1", former_fingerprint="f1")


def test_a_purchase_that_was_paid_under_its_former_fingerprint_is_paid(ledger, clock):
    ledger.settle(ledger.reserve(FORMER))
    clock.now += PAID_FOR_S - 1

    assert ledger.reserve(PRESENT).is_paid
    assert ledger.balance("shop") == 36


def test_after_a_day_the_former_fingerprint_no_longer_pays(ledger, clock):
    ledger.settle(ledger.reserve(FORMER))
    clock.now += PAID_FOR_S

    assert ledger.settle(ledger.reserve(PRESENT))
    assert ledger.balance("shop") == 32
    assert ledger.reserve(replace(PRESENT, former_fingerprint="")).is_paid


def test_a_purchase_that_is_reserved_under_its_former_fingerprint_is_charged_once(ledger):
    earlier, later = ledger.reserve(FORMER), ledger.reserve(PRESENT)

    assert ledger.settle(later)
    assert not ledger.settle(earlier)

    assert ledger.balance("shop") == 36
    assert is_balanced(ledger)


def test_a_purchase_that_was_released_under_its_former_fingerprint_is_charged(ledger):
    ledger.release(ledger.reserve(FORMER))

    assert ledger.settle(ledger.reserve(PRESENT))
    assert ledger.balance("shop") == 36


def test_an_idempotency_key_stands_for_either_fingerprint_of_its_request(ledger):
    stored = replace(FORMER, id="c1")
    ledger.settle(ledger.reserve(stored))

    assert ledger.reserve(replace(PRESENT, id="c1")).is_paid
    with pytest.raises(IdempotencyKeyReused):
        ledger.reserve(replace(PRESENT, id="c1", former_fingerprint="f2"))


def test_a_request_that_was_paid_without_an_idempotency_key_is_charged_with_one(ledger):
    ledger.settle(ledger.reserve(FORMER))

    assert ledger.settle(ledger.reserve(replace(PRESENT, id="c1")))
    assert ledger.balance("shop") == 32


def test_a_reservation_taken_over_by_its_former_fingerprint_can_be_made_again(ledger):
    stored, present = replace(FORMER, id="c1"), replace(PRESENT, id="c1")
    ledger.reserve(stored)
    slow, fast = ledger.reserve(present), ledger.reserve(present)
    ledger.release(fast)
    ledger.settle(ledger.reserve(present))

    assert not ledger.settle(slow)
    assert ledger.balance("shop") == 36


# -- Threads, on DynamoDB --------------------------------------------------------------------------


@pytest.fixture
def real(ledger_table, account):
    """An account with 50 credits."""
    clock = Clock()
    ids = itertools.count()
    Accounts(ledger_table, clock, digits()).create_key(account)
    ledger = Ledger(ledger_table, clock, lambda: f"{account}-{next(ids)}")
    ledger.grant(account, 200)
    return ledger, Purchase(account, "00000001", "c", "r", 4), clock


def test_sixteen_threads_cannot_overdraw_a_balance(real):
    ledger, purchase, _ = real

    def call(number):
        name = f"{number:04x}"
        try:
            reservation = ledger.reserve(replace(purchase, id=name, fingerprint=name))
        except InsufficientCredits:
            return 0
        return ledger.settle(reservation)

    with ThreadPoolExecutor(16) as pool:
        charged = list(pool.map(call, range(500)))

    assert sum(charged) == 50
    assert ledger.balance(purchase.account) == 0
    assert is_balanced(ledger, purchase.account)
    settled = [entry for entry in ledger.entries(purchase.account) if entry.kind == "settle"]
    assert len(settled) == 50 and sum(entry.charged for entry in settled) == 200


def test_sixteen_threads_with_one_purchase_are_charged_once(real):
    ledger, purchase, _ = real

    with ThreadPoolExecutor(16) as pool:
        paid = list(pool.map(lambda _: ledger.settle(ledger.reserve(purchase)), range(16)))

    assert sum(paid) == 1
    assert ledger.balance(purchase.account) == 196
    assert is_balanced(ledger, purchase.account)


def test_the_entries_of_sixteen_threads_with_ten_purchases_add_up(real):
    ledger, purchase, clock = real

    def call(number):
        name = f"{number % 10:04x}"
        reservation = ledger.reserve(replace(purchase, id=name, fingerprint=name))
        match number // 10 % 3:
            case 0:
                ledger.settle(reservation)
            case 1:
                ledger.release(reservation)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(call, range(300)))
    clock.now += ABANDONED_AFTER_S + 1
    ledger.sweep()

    assert is_balanced(ledger, purchase.account)
    settled = [entry.reservation for entry in ledger.entries(purchase.account) if entry.charged]
    assert len(settled) == len(set(settled)) <= 10
    assert ledger.balance(purchase.account) == 200 - 4 * len(settled)
