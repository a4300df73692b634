import itertools
from dataclasses import replace
from hashlib import sha256

import pytest

from cutout.contract import Options, Size
from cutout.credits.accounts import Accounts
from cutout.credits.allowance import Visitor
from cutout.credits.ledger import Ledger
from cutout.credits.meter import Counted, free, price
from cutout.credits.rate import Rate
from cutout.errors import (
    IdempotencyKeyReused,
    InsufficientCredits,
    RateLimited,
    Unavailable,
    UnknownForeground,
    UnreadablePicture,
)
from tests.memory import Clock, digits

OPTIONS = Options()


def measure(photo):
    if photo == b"broken":
        raise UnreadablePicture("the file is damaged")
    return Size(1000, 1000)


@pytest.fixture
def accounts(table):
    return Accounts(table, Clock(), digits())


@pytest.fixture
def ledger(table, accounts):
    accounts.create_key("shop")
    ids = itertools.count()
    ledger = Ledger(table, Clock(), lambda: f"id{next(ids)}")
    ledger.grant("shop", 40)
    return ledger


@pytest.fixture
def caller(accounts, ledger):
    return accounts.authenticate(accounts.create_key("shop"))


@pytest.fixture
def meter(table, ledger):
    return Counted(ledger, Rate(table, Clock()), measure, "secret")


def paid(meter, caller, photo=b"photo", options=OPTIONS, idempotency_key=""):
    with meter(caller, photo, options, idempotency_key) as charge:
        pass
    return charge.quarters


@pytest.mark.parametrize(
    ("size", "options", "quarters"),
    [
        (Size(500, 500), Options(), 1),
        (Size(501, 500), Options(), 4),
        (Size(5000, 5000), Options(max_pixels=250_000), 1),
        (Size(5000, 5000), Options(max_pixels=1_500_000), 4),
    ],
)
def test_a_preview_costs_a_quarter_and_all_else_a_credit(size, options, quarters):
    assert price(size, options) == quarters


def test_an_answer_is_paid_when_it_is_ready(meter, caller, ledger):
    with meter(caller, b"photo", OPTIONS, "") as charge:
        assert ledger.balance("shop") == 36
        assert charge.quarters == 0

    assert charge.quarters == 4
    assert charge.budget.remaining == 499


def test_what_fails_costs_nothing(meter, caller, ledger):
    with (
        pytest.raises(UnknownForeground),
        meter(caller, b"photo", OPTIONS, ""),
    ):
        raise UnknownForeground("nothing stands out")

    assert ledger.balance("shop") == 40


def test_what_is_no_picture_is_told_before_anything_is_counted(meter, caller, table):
    before = table.items()

    with pytest.raises(UnreadablePicture), meter(caller, b"broken", OPTIONS, ""):
        raise AssertionError("work was done")

    assert table.items() == before


def test_without_credits_no_work_is_done(meter, caller, ledger):
    ledger.expire("shop", 40)

    with pytest.raises(InsufficientCredits), meter(caller, b"photo", OPTIONS, ""):
        raise AssertionError("work was done")


def test_past_the_rate_no_work_is_done_and_no_credit_held_back(meter, caller, ledger):
    slow = replace(caller, megapixels_per_minute=1)
    paid(meter, slow)

    with pytest.raises(RateLimited), meter(slow, b"another", OPTIONS, ""):
        raise AssertionError("work was done")

    assert ledger.balance("shop") == 36


def test_the_same_request_is_paid_once(meter, caller, ledger):
    assert [paid(meter, caller), paid(meter, caller)] == [4, 0]
    assert ledger.balance("shop") == 36


@pytest.mark.parametrize(
    "other",
    [
        {"photo": b"photo 2"},
        {"options": Options(format="webp")},
        {"options": Options(mask=b"mask")},
        {"options": Options(alpha=b"mask")},
        {"options": Options(backdrop=b"mask")},
        {"idempotency_key": "a"},
    ],
    ids=str,
)
def test_another_request_is_another_charge(meter, caller, other):
    assert [paid(meter, caller), paid(meter, caller, **other)] == [4, 4]


def test_a_key_names_a_request_and_no_other(meter, caller, ledger):
    assert [paid(meter, caller, idempotency_key="a") for _ in range(2)] == [4, 0]
    with pytest.raises(IdempotencyKeyReused):
        paid(meter, caller, options=Options(format="webp"), idempotency_key="a")

    assert ledger.balance("shop") == 36


def test_accounts_pay_for_themselves(meter, caller, accounts, ledger):
    other = accounts.authenticate(accounts.create_key("shed"))
    ledger.grant("shed", 40)

    assert [paid(meter, who, idempotency_key="a") for who in (caller, other)] == [4, 4]


def test_test_keys_are_free_and_counted_by_the_rate(meter, accounts, ledger):
    ledger.expire("shop", 40)
    key = accounts.create_key("shop", is_test=True, megapixels_per_minute=1)
    tester = accounts.authenticate(key)

    assert paid(meter, tester) == 0
    with pytest.raises(RateLimited):
        paid(meter, tester)


def test_where_the_release_fails_the_caller_hears_what_failed_first(meter, caller, ledger):
    def down(reservation):
        raise Unavailable("the tables cannot be reached")

    ledger.release = down

    with pytest.raises(UnknownForeground), meter(caller, b"photo", OPTIONS, ""):
        raise UnknownForeground("nothing stands out")


@pytest.mark.parametrize("of", ["counted", "free"])
@pytest.mark.parametrize("payer", [None, Visitor("203.0.113.7")])
def test_who_has_no_key_pays_nothing(meter, of, payer):
    with (meter if of == "counted" else free)(payer, b"broken", OPTIONS, "") as charge:
        pass

    assert (charge.quarters, charge.budget) == (0, None)


def test_what_is_kept_does_not_tell_which_picture_it_was(meter, caller, table, ledger):
    paid(meter, caller)

    other = Counted(ledger, Rate(table, Clock()), measure, "another secret")
    assert sha256(b"photo").hexdigest() not in str(table.items())
    assert paid(other, caller) == 4  # which cannot tell that it is the same
