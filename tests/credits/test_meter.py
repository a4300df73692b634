import itertools
from dataclasses import replace
from hashlib import sha256

import pytest

from cutout.credits.accounts import Accounts
from cutout.credits.allowance import Visitor
from cutout.credits.ledger import Ledger
from cutout.credits.meter import CreditMeter, free_meter, price
from cutout.credits.rate_limit import RateLimit
from cutout.errors import (
    IdempotencyKeyReused,
    InsufficientCredits,
    RateLimited,
    Unavailable,
    UnknownForeground,
    UnreadablePicture,
)
from cutout.options.record import Options
from cutout.picture import Size
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
def api_key(accounts, ledger):
    return accounts.authenticate(accounts.create_key("shop"))


@pytest.fixture
def meter(table, ledger):
    return CreditMeter(ledger, RateLimit(table, Clock()), measure, "secret")


def paid(meter, api_key, photo=b"photo", options=OPTIONS, idempotency_key=""):
    with meter(api_key, photo, options, idempotency_key) as receipt:
        pass
    return receipt.quarters_charged


@pytest.mark.parametrize(
    ("size", "options", "quarters"),
    [
        (Size(500, 500), Options(), 1),
        (Size(501, 500), Options(), 4),
        (Size(5000, 5000), Options(max_pixels=250_000), 1),
        (Size(5000, 5000), Options(max_pixels=1_500_000), 4),
        (Size(500, 500), Options(quality="best"), 1),
        (Size(5000, 5000), Options(quality="best", edges="fine"), 4),
        (Size(5000, 5000), Options(quality="fast"), 4),
    ],
)
def test_a_preview_costs_a_quarter_and_any_other_size_a_credit(size, options, quarters):
    assert price(size, options) == quarters


def test_a_request_is_charged_when_its_block_ends(meter, api_key, ledger):
    with meter(api_key, b"photo", OPTIONS, "") as receipt:
        assert ledger.balance("shop") == 36
        assert receipt.quarters_charged == 0

    assert receipt.quarters_charged == 4
    assert receipt.rate_limit.remaining == 499


def test_a_failed_request_costs_nothing(meter, api_key, ledger):
    with (
        pytest.raises(UnknownForeground),
        meter(api_key, b"photo", OPTIONS, ""),
    ):
        raise UnknownForeground("nothing stands out")

    assert ledger.balance("shop") == 40


def test_an_unreadable_picture_counts_nowhere(meter, api_key, table):
    before = table.items()

    with pytest.raises(UnreadablePicture), meter(api_key, b"broken", OPTIONS, ""):
        raise AssertionError("work was done")

    assert table.items() == before


def test_a_request_without_credits_is_refused_before_the_work(meter, api_key, ledger):
    ledger.expire("shop", 40)

    with pytest.raises(InsufficientCredits), meter(api_key, b"photo", OPTIONS, ""):
        raise AssertionError("work was done")


def test_a_request_over_the_rate_limit_reserves_nothing(meter, api_key, ledger):
    slow = replace(api_key, megapixels_per_minute=1)
    paid(meter, slow)

    with pytest.raises(RateLimited), meter(slow, b"another", OPTIONS, ""):
        raise AssertionError("work was done")

    assert ledger.balance("shop") == 36


def test_a_repeated_request_is_charged_once(meter, api_key, ledger):
    assert [paid(meter, api_key), paid(meter, api_key)] == [4, 0]
    assert ledger.balance("shop") == 36


@pytest.mark.parametrize(
    "other",
    [
        {"photo": b"photo 2"},
        {"options": Options(format="webp")},
        {"options": Options(quality="best")},
        {"options": Options(mask=b"mask")},
        {"options": Options(alpha=b"mask")},
        {"options": Options(backdrop=b"mask")},
        {"idempotency_key": "a"},
    ],
    ids=str,
)
def test_a_different_request_is_charged(meter, api_key, other):
    assert [paid(meter, api_key), paid(meter, api_key, **other)] == [4, 4]


def test_an_idempotency_key_is_refused_for_another_request(meter, api_key, ledger):
    assert [paid(meter, api_key, idempotency_key="a") for _ in range(2)] == [4, 0]
    with pytest.raises(IdempotencyKeyReused):
        paid(meter, api_key, options=Options(format="webp"), idempotency_key="a")

    assert ledger.balance("shop") == 36


def test_naming_what_the_quality_implies_is_the_same_request(meter, api_key):
    paid(meter, api_key, options=Options(), idempotency_key="a")

    assert paid(meter, api_key, options=Options(edges="fast"), idempotency_key="a") == 0


def test_accounts_do_not_share_idempotency_keys(meter, api_key, accounts, ledger):
    other = accounts.authenticate(accounts.create_key("shed"))
    ledger.grant("shed", 40)

    assert [paid(meter, who, idempotency_key="a") for who in (api_key, other)] == [4, 4]


def test_a_picture_of_unknown_size_is_counted_if_the_account_could_pay_it(meter, api_key, ledger):
    paid(meter, api_key, idempotency_key="a")
    ledger.expire("shop", 33)

    meter.count_unseen(api_key, 3, "")
    meter.count_unseen(api_key, 4, "a")
    for key in ("", "b"):
        with pytest.raises(InsufficientCredits, match=r"needed: 1; credits left: 0\.75"):
            meter.count_unseen(api_key, 4, key)

    with meter(api_key, b"photo", OPTIONS, "a") as receipt:
        assert receipt.rate_limit.remaining == 496  # one of each call that was not refused


def test_just_enough_credits_suffice_where_another_process_has_counted(
    meter, api_key, ledger, table
):
    ledger.expire("shop", 36)
    for count in (
        lambda: meter.count_unseen(api_key, 4, ""),
        lambda: paid(meter, api_key),
    ):
        RateLimit(table, Clock()).minimum(api_key).count()
        meter._rate_limit._seen.clear()
        count()

    assert ledger.balance("shop") == 0


def test_test_keys_are_free_but_rate_limited(meter, accounts, ledger):
    ledger.expire("shop", 40)
    key = accounts.create_key("shop", is_test=True, megapixels_per_minute=1)
    tester = accounts.authenticate(key)

    assert paid(meter, tester) == 0
    with pytest.raises(RateLimited):
        paid(meter, tester)


def test_a_failing_release_does_not_hide_the_first_error(meter, api_key, ledger):
    def down(reservation):
        raise Unavailable("the tables cannot be reached")

    ledger.release = down

    with pytest.raises(UnknownForeground), meter(api_key, b"photo", OPTIONS, ""):
        raise UnknownForeground("nothing stands out")


@pytest.mark.parametrize("kind", ["counted", "free"])
@pytest.mark.parametrize("identity", [None, Visitor("203.0.113.7")])
def test_visitors_pay_nothing(meter, kind, identity):
    with (meter if kind == "counted" else free_meter)(identity, b"broken", OPTIONS, "") as receipt:
        pass

    assert (receipt.quarters_charged, receipt.rate_limit) == (0, None)


def test_the_table_does_not_reveal_pictures(meter, api_key, table, ledger):
    paid(meter, api_key)

    other = CreditMeter(ledger, RateLimit(table, Clock()), measure, "another secret")
    assert sha256(b"photo").hexdigest() not in str(table.items())
    assert paid(other, api_key) == 4  # which cannot tell that it is the same
