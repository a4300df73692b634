from concurrent.futures import ThreadPoolExecutor

import pytest

from cutout.credits.allowance import DAY_S, Allowance, Visitor
from cutout.errors import AllowanceUsedUp

ANN = Visitor("203.0.113.7")


@pytest.fixture
def allowance(table, clock):
    return Allowance(table, clock, "secret", per_address=3, per_day=100)


def consumed(allowance, visitor, at_most=20):
    for count in range(at_most):
        try:
            allowance.consume(visitor)
        except AllowanceUsedUp:
            return count
    return at_most


def test_an_address_has_a_daily_allowance(allowance, clock):
    assert consumed(allowance, ANN) == 3

    clock.now += DAY_S
    assert consumed(allowance, ANN) == 3


def test_the_error_says_when_the_allowance_resets(allowance, clock):
    consumed(allowance, ANN)
    with pytest.raises(AllowanceUsedUp) as used_up:
        allowance.consume(ANN)

    clock.now += used_up.value.retry_after_s

    assert consumed(allowance, ANN) == 3


def test_all_addresses_share_a_daily_total(table, clock):
    allowance = Allowance(table, clock, "secret", per_address=3, per_day=4)

    assert [consumed(allowance, Visitor(f"203.0.113.{n}")) for n in range(3)] == [3, 1, 0]


def test_a_refused_request_does_not_count(table, clock):
    allowance = Allowance(table, clock, "secret", per_address=1, per_day=2)
    consumed(allowance, ANN)
    for _ in range(10):
        consumed(allowance, ANN)

    assert consumed(allowance, Visitor("203.0.113.8")) == 1


@pytest.mark.parametrize(
    ("address", "other", "is_same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),  # of one network of /64
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("0.0.0.1", "::1:0:0:0:0", False),  # the same number in the other version
    ],
)
def test_addresses_of_one_subscriber_share_an_allowance(allowance, address, other, is_same):
    consumed(allowance, Visitor(address))

    assert consumed(allowance, Visitor(other)) == (0 if is_same else 3)


def test_the_table_does_not_reveal_addresses(allowance, table, clock):
    allowance.consume(ANN)
    clock.now += DAY_S
    allowance.consume(ANN)

    kept = [item["pk"] for item in table.items() if not item["pk"].endswith("#all")]
    assert ANN.address not in str(table.items())
    assert len({name.split("#")[-1] for name in kept}) == 2  # nor can days be put together
    for item in table.items():
        assert clock.now < item["expires_at"] <= clock.now + 2 * DAY_S


def test_concurrent_requests_get_no_more(allowance):
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: consumed(allowance, ANN, 3), range(16))) == 3
