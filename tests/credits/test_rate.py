from concurrent.futures import ThreadPoolExecutor

import pytest

from cutout.contract import Size
from cutout.credits.accounts import Caller
from cutout.credits.rate import Rate
from cutout.errors import RateLimited
from tests.memory import MemoryTable

CALLER = Caller("shop", "00000001", False, 500)
ONE, TWENTY_FIVE, FIFTY = Size(1000, 1000), Size(5000, 5000), Size(10_000, 5000)  # megapixels


@pytest.fixture
def rate(clock):
    return Rate(MemoryTable(), clock)


def taken(rate, size, caller=CALLER, at_most=1000):
    """How many pictures go through at once."""
    for count in range(at_most):
        try:
            rate.take(caller, size)
        except RateLimited:
            return count
    return at_most


@pytest.mark.parametrize(("size", "count"), [(ONE, 500), (TWENTY_FIVE, 20), (FIFTY, 10)])
def test_a_minute_has_five_hundred_megapixels(rate, size, count):
    assert taken(rate, size) == count


def test_what_was_taken_comes_back_with_time(rate, clock):
    taken(rate, TWENTY_FIVE)

    with pytest.raises(RateLimited) as limited:
        rate.take(CALLER, TWENTY_FIVE)
    clock.now += limited.value.retry_after_s

    assert rate.take(CALLER, TWENTY_FIVE)
    assert limited.value.retry_after_s <= 4  # 25 of 500 megapixels are 3 seconds


def test_the_budget_tells_what_is_left_and_when_all_is_back(rate, clock):
    budget = rate.take(CALLER, FIFTY)

    assert (budget.limit, budget.remaining) == (500, 450)
    assert budget.full_at - clock.now == 6


def test_who_is_refused_has_taken_nothing(rate, clock):
    taken(rate, FIFTY)
    for _ in range(100):
        with pytest.raises(RateLimited):
            rate.take(CALLER, FIFTY)
    clock.now += 60

    assert taken(rate, FIFTY) == 10


def test_a_picture_of_more_than_the_limit_takes_the_whole_minute(rate):
    slow = Caller("shop", "00000002", False, 10)

    assert taken(rate, FIFTY, slow) == 1


@pytest.mark.parametrize(
    ("limit", "size", "left"),
    [(500, FIFTY, 450), (500, ONE, 499), (500, Size(500, 500), 499), (10, FIFTY, 0)],
)
def test_what_was_counted_unseen_is_a_part_of_the_picture(rate, limit, size, left):
    caller = Caller("shop", "00000002", False, limit)
    rate.take_unseen(caller)

    assert rate.take(caller, size, is_counted=True).remaining == left


def test_who_is_refused_after_a_look_comes_back_when_there_is_room_for_all_of_it(rate, clock):
    slow, five = Caller("shop", "00000002", False, 10), Size(2500, 2000)
    rate.take(slow, five)
    for _ in range(2):
        rate.take_unseen(slow)
    with pytest.raises(RateLimited) as limited:
        rate.take(slow, five, is_counted=True)
    clock.now += limited.value.retry_after_s

    rate.take_unseen(slow)

    assert rate.take(slow, five, is_counted=True)
    assert limited.value.retry_after_s == 12  # two of ten megapixels


def test_each_key_has_its_own(rate):
    taken(rate, FIFTY)

    assert rate.take(Caller("shop", "00000002", False, 500), FIFTY)
    assert rate.take(Caller("shed", "00000001", False, 500), FIFTY)


def test_many_at_once_get_no_more(rate):
    with ThreadPoolExecutor(16) as pool:
        each = list(pool.map(lambda _: taken(rate, TWENTY_FIVE, at_most=3), range(16)))

    assert sum(each) == 20
