from concurrent.futures import ThreadPoolExecutor

import pytest

from cutout.credits.allowance import DAY_S, Allowance, Visitor
from cutout.errors import AllowanceUsedUp
from tests.memory import MemoryTable

ANN = Visitor("203.0.113.7")


@pytest.fixture
def allowance(table, clock):
    return Allowance(table, clock, "secret", per_address=3, per_day=1000)


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


def at(clock, hours):
    """Set the clock to so many hours after midnight UTC."""
    clock.now += hours * 3600 - clock.now % DAY_S


def every(networks):
    """Return an address in each of so many networks, which share nothing but the total."""
    return [Visitor(f"{11 + n}.0.0.1") for n in range(networks)]


@pytest.mark.parametrize(("hours", "opened"), [(0, 10), (8, 20), (16, 30), (23.9, 39)])
def test_a_quarter_of_the_total_opens_at_midnight_and_the_rest_over_the_day(
    table, clock, hours, opened
):
    allowance = Allowance(table, clock, "secret", per_address=3, per_day=40)
    at(clock, hours)

    assert sum(consumed(allowance, visitor) for visitor in every(20)) == opened


def test_no_day_has_more_calls_than_its_total(table, clock):
    allowance = Allowance(table, clock, "secret", per_address=1000, per_day=40)
    at(clock, 0)

    counted = 0
    for _ in range(24 * 4):
        counted += consumed(allowance, ANN)
        counted += sum(consumed(allowance, visitor) for visitor in every(3))
        clock.now += 15 * 60

    assert counted == 40 - 1  # the last one opens at midnight


@pytest.mark.parametrize("per_day", [4, 7, 40, 600, 6000])
def test_a_total_that_is_used_up_opens_when_the_error_says(table, clock, per_day):
    allowance = Allowance(table, clock, "secret", per_address=per_day, per_day=per_day)
    while True:
        with pytest.raises(AllowanceUsedUp) as used_up:
            for _ in range(per_day + 1):
                allowance.consume(ANN)
        wait_s = used_up.value.retry_after_s
        assert wait_s <= DAY_S / (0.75 * per_day) + 1
        clock.now += wait_s - 2
        assert consumed(allowance, ANN) == 0
        clock.now += 2
        if clock.now % DAY_S < 10 or per_day > 40:
            break
    assert consumed(allowance, ANN) >= 1


def test_a_refused_request_does_not_count(table, clock):
    allowance = Allowance(table, clock, "secret", per_address=1, per_day=4)
    consumed(allowance, ANN)
    for _ in range(10):
        consumed(allowance, ANN)

    assert consumed(allowance, Visitor("198.51.100.8")) == 1


@pytest.mark.parametrize(
    ("attackers", "used"),
    [
        ([f"2001:db8:1:{n:x}::1" for n in range(12)], 60),  # of one /48
        ([f"2001:db8:1:10{n:x}::1" for n in range(12)], 60),  # of one /56
        ([f"2001:db8:{n:x}::1" for n in range(12)], 90),  # of one /32
        ([f"203.0.113.{n}" for n in range(12)], 60),  # of one /24
    ],
)
def test_one_network_cannot_use_up_the_day_of_all(table, clock, attackers, used):
    allowance = Allowance(table, clock, "secret", per_address=60, per_day=600)

    assert sum(consumed(allowance, Visitor(each), 600) for each in attackers) == used
    allowance.consume(Visitor("198.51.100.9"))


def test_a_networks_budget_opens_again_within_the_hour(table, clock):
    allowance = Allowance(table, clock, "secret", per_address=60, per_day=6000)
    at(clock, 3)
    neighbours = [Visitor(f"203.0.113.{n}") for n in range(10)]
    assert sum(consumed(allowance, each, 600) for each in neighbours) == 206  # .25 + .75 / 8 of 600

    with pytest.raises(AllowanceUsedUp, match=r"of the network of this address \(/24\)") as used_up:
        allowance.consume(neighbours[-1])

    assert used_up.value.retry_after_s <= 192  # DAY_S / 450
    clock.now += used_up.value.retry_after_s
    allowance.consume(neighbours[-1])


@pytest.mark.parametrize(
    ("address", "whose"), [("203.0.113.7", "this address"), ("203.0.113.8", "/24")]
)
def test_what_is_known_to_be_used_up_needs_no_request_until_it_opens(
    table, clock, monkeypatch, address, whose
):
    at(clock, 0)
    allowance = Allowance(table, clock, "secret", per_address=3, per_day=120)
    for neighbour in ("203.0.113.7", "203.0.113.9"):
        consumed(allowance, Visitor(neighbour))
    consumed(allowance, Visitor(address))

    with monkeypatch.context() as patch:
        patch.delattr(MemoryTable, "get")
        patch.delattr(MemoryTable, "write")
        with pytest.raises(AllowanceUsedUp, match=whose) as used_up:
            allowance.consume(Visitor(address))
    clock.now += used_up.value.retry_after_s - 1
    assert consumed(allowance, Visitor(address)) == 0
    clock.now += 1
    assert consumed(allowance, Visitor(address)) >= 1


def test_calls_that_are_counted_together_are_counted_all_or_not_at_all(allowance):
    allowance.consume(ANN, 2)

    with pytest.raises(AllowanceUsedUp):
        allowance.consume(ANN, 2)
    assert consumed(allowance, ANN) == 1


def test_more_calls_than_an_address_has_in_a_day_are_refused(table, clock):
    allowance = Allowance(table, clock, "secret", per_address=1, per_day=1000)

    for _ in range(2):
        with pytest.raises(AllowanceUsedUp, match="this address"):
            allowance.consume(ANN, 2)
    assert consumed(allowance, ANN) == 1


def test_a_process_that_refuses_some_still_serves_others(allowance):
    consumed(allowance, ANN)

    assert consumed(allowance, Visitor("198.51.100.8")) == 3


def test_a_request_counts_in_one_transaction(table, clock, monkeypatch):
    transactions = []
    monkeypatch.setattr(table, "write", lambda *writes: transactions.append(len(writes)))
    allowance = Allowance(table, clock, "secret", per_address=60, per_day=6000)

    for address in ("203.0.113.7", "2001:db8::1"):
        allowance.consume(Visitor(address))

    assert transactions == [3, 5]


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
    assert len({name.split("#")[-1] for name in kept}) == 2 * 2  # nor can days be put together
    for item in table.items():
        assert clock.now < item["expires_at"] <= clock.now + 2 * DAY_S


def test_concurrent_requests_get_no_more(allowance):
    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lambda _: consumed(allowance, ANN, 3), range(16))) == 3
