from concurrent.futures import ThreadPoolExecutor

import pytest

from cutout.credits.accounts import ApiKey
from cutout.credits.rate_limit import RateLimit
from cutout.errors import RateLimited
from cutout.picture import Size
from tests.memory import MemoryTable

API_KEY = ApiKey("shop", "00000001", False, 500)
ONE, TWENTY_FIVE, FIFTY = Size(1000, 1000), Size(5000, 5000), Size(10_000, 5000)  # megapixels


@pytest.fixture
def rate(clock):
    return RateLimit(MemoryTable(), clock)


def accepted(rate, size, api_key=API_KEY, at_most=1000):
    """Return how many pictures are accepted at once."""
    for count in range(at_most):
        try:
            rate.consume(api_key, size)
        except RateLimited:
            return count
    return at_most


@pytest.mark.parametrize(("size", "count"), [(ONE, 500), (TWENTY_FIVE, 20), (FIFTY, 10)])
def test_a_key_may_send_its_megapixels_at_once(rate, size, count):
    assert accepted(rate, size) == count


def test_a_refused_picture_passes_after_the_given_wait(rate, clock):
    accepted(rate, TWENTY_FIVE)

    with pytest.raises(RateLimited) as limited:
        rate.consume(API_KEY, TWENTY_FIVE)
    clock.now += limited.value.retry_after_s

    assert rate.consume(API_KEY, TWENTY_FIVE)
    assert limited.value.retry_after_s <= 4  # 25 of 500 megapixels are 3 seconds


def test_the_state_says_what_remains_and_when_the_limit_is_full(rate, clock):
    state = rate.consume(API_KEY, FIFTY)

    assert (state.limit, state.remaining) == (500, 450)
    assert state.full_at - clock.now == 6


def test_a_refused_picture_does_not_count(rate, clock):
    accepted(rate, FIFTY)
    for _ in range(100):
        with pytest.raises(RateLimited):
            rate.consume(API_KEY, FIFTY)
    clock.now += 60

    assert accepted(rate, FIFTY) == 10


def test_a_picture_above_the_limit_takes_a_whole_minute(rate):
    slow = ApiKey("shop", "00000002", False, 10)

    assert accepted(rate, FIFTY, slow) == 1


@pytest.mark.parametrize(
    ("limit", "size", "left"),
    [(500, FIFTY, 450), (500, ONE, 499), (500, Size(500, 500), 499), (10, FIFTY, 0)],
)
def test_a_consumed_minimum_is_part_of_the_picture(rate, limit, size, left):
    api_key = ApiKey("shop", "00000002", False, limit)
    rate.consume_minimum(api_key)

    assert rate.consume(api_key, size, minimum_consumed=True).remaining == left


def test_the_wait_after_a_consumed_minimum_suffices_for_both_steps(rate, clock):
    slow, five = ApiKey("shop", "00000002", False, 10), Size(2500, 2000)
    rate.consume(slow, five)
    for _ in range(2):
        rate.consume_minimum(slow)
    with pytest.raises(RateLimited) as limited:
        rate.consume(slow, five, minimum_consumed=True)
    clock.now += limited.value.retry_after_s

    rate.consume_minimum(slow)

    assert rate.consume(slow, five, minimum_consumed=True)
    assert limited.value.retry_after_s == 12  # two of ten megapixels


def test_each_key_has_its_own_limit(rate):
    accepted(rate, FIFTY)

    assert rate.consume(ApiKey("shop", "00000002", False, 500), FIFTY)
    assert rate.consume(ApiKey("shed", "00000001", False, 500), FIFTY)


def test_concurrent_pictures_get_no_more(rate):
    with ThreadPoolExecutor(16) as pool:
        each = list(pool.map(lambda _: accepted(rate, TWENTY_FIVE, at_most=3), range(16)))

    assert sum(each) == 20
