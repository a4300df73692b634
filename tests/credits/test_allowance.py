from concurrent.futures import ThreadPoolExecutor

import pytest

from cutout.credits.allowance import DAY_S, Allowance, Visitor
from cutout.errors import AllowanceUsedUp

ANN = Visitor("203.0.113.7")


@pytest.fixture
def allowance(table, clock):
    return Allowance(table, clock, "secret", per_address=3, per_day=100)


def taken(allowance, visitor, at_most=20):
    for count in range(at_most):
        try:
            allowance.take(visitor)
        except AllowanceUsedUp:
            return count
    return at_most


def test_an_address_has_so_many_calls_a_day(allowance, clock):
    assert taken(allowance, ANN) == 3

    clock.now += DAY_S
    assert taken(allowance, ANN) == 3


def test_when_to_come_again_is_told(allowance, clock):
    taken(allowance, ANN)
    with pytest.raises(AllowanceUsedUp) as used_up:
        allowance.take(ANN)

    clock.now += used_up.value.retry_after_s

    assert taken(allowance, ANN) == 3


def test_all_addresses_share_the_day(table, clock):
    allowance = Allowance(table, clock, "secret", per_address=3, per_day=4)

    assert [taken(allowance, Visitor(f"203.0.113.{n}")) for n in range(3)] == [3, 1, 0]


def test_who_is_refused_takes_nothing_from_the_others(table, clock):
    allowance = Allowance(table, clock, "secret", per_address=1, per_day=2)
    taken(allowance, ANN)
    for _ in range(10):
        taken(allowance, ANN)

    assert taken(allowance, Visitor("203.0.113.8")) == 1


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
def test_who_shares_a_subscribers_network_shares_its_calls(allowance, address, other, is_same):
    taken(allowance, Visitor(address))

    assert taken(allowance, Visitor(other)) == (0 if is_same else 3)


def test_addresses_are_not_kept(allowance, table, clock):
    allowance.take(ANN)
    clock.now += DAY_S
    allowance.take(ANN)

    kept = [item["pk"] for item in table.items() if not item["pk"].endswith("#all")]
    assert ANN.address not in str(table.items())
    assert len({name.split("#")[-1] for name in kept}) == 2  # nor can days be put together
    for item in table.items():
        assert clock.now < item["expires_at"] <= clock.now + 2 * DAY_S


def test_many_at_once_get_no_more(allowance):
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: taken(allowance, ANN, 3), range(16))) == 3
