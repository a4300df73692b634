from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutout.credits.accounts import ApiKey, account_key
from cutout.credits.rate_limit import LATE_MS, MINUTE_MS, RateLimit
from cutout.errors import RateLimited
from cutout.picture import Size
from cutout.ports import Write
from tests.memory import Clock, MemoryTable

API_KEY = ApiKey("shop", "00000001", False, 500)
ONE, TWENTY_FIVE, FIFTY = Size(1000, 1000), Size(5000, 5000), Size(10_000, 5000)  # megapixels


@pytest.fixture
def rate(clock):
    return RateLimit(MemoryTable(), clock)


def accepted(rate, size, api_key=API_KEY, at_most=1000):
    """Return how many pictures are accepted at once."""
    for count in range(at_most):
        try:
            rate.usage(api_key, size).count()
        except RateLimited:
            return count
    return at_most


@pytest.mark.parametrize(("size", "count"), [(ONE, 500), (TWENTY_FIVE, 20), (FIFTY, 10)])
def test_a_key_may_send_its_megapixels_at_once(rate, size, count):
    assert accepted(rate, size) == count


def test_a_refused_picture_passes_after_the_given_wait(rate, clock):
    accepted(rate, TWENTY_FIVE)

    with pytest.raises(RateLimited) as limited:
        rate.usage(API_KEY, TWENTY_FIVE).count()
    clock.now += limited.value.retry_after_s

    assert rate.usage(API_KEY, TWENTY_FIVE).count()
    assert limited.value.retry_after_s <= 4  # 25 of 500 megapixels are 3 seconds


def test_the_state_says_what_remains_and_when_the_limit_is_full(rate, clock):
    state = rate.usage(API_KEY, FIFTY).count()

    assert (state.limit, state.remaining) == (500, 450)
    assert state.full_at - clock.now == 6


def test_a_refused_picture_does_not_count(rate, clock):
    accepted(rate, FIFTY)
    for _ in range(100):
        with pytest.raises(RateLimited):
            rate.usage(API_KEY, FIFTY).count()
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
    rate.minimum(api_key).count()

    assert rate.usage(api_key, size, minimum_consumed=True).count().remaining == left


def test_the_wait_after_a_consumed_minimum_suffices_for_both_steps(rate, clock):
    slow, five = ApiKey("shop", "00000002", False, 10), Size(2500, 2000)
    rate.usage(slow, five).count()
    for _ in range(2):
        rate.minimum(slow).count()
    with pytest.raises(RateLimited) as limited:
        rate.usage(slow, five, minimum_consumed=True).count()
    clock.now += limited.value.retry_after_s

    rate.minimum(slow).count()

    assert rate.usage(slow, five, minimum_consumed=True).count()
    assert limited.value.retry_after_s == 12  # two of ten megapixels


def test_each_key_has_its_own_limit(rate):
    accepted(rate, FIFTY)

    assert rate.usage(ApiKey("shop", "00000002", False, 500), FIFTY).count()
    assert rate.usage(ApiKey("shed", "00000001", False, 500), FIFTY).count()


def test_concurrent_pictures_get_no_more(rate):
    with ThreadPoolExecutor(16) as pool:
        each = list(pool.map(lambda _: accepted(rate, TWENTY_FIVE, at_most=3), range(16)))

    assert sum(each) == 20


def test_processes_that_do_not_know_of_each_other_get_no_more(table, clock):
    processes = [RateLimit(table, clock) for _ in range(16)]

    with ThreadPoolExecutor(16) as pool:
        each = list(pool.map(lambda rate: accepted(rate, TWENTY_FIVE, at_most=3), processes))

    assert sum(each) == 20


def test_what_a_process_knows_to_be_too_much_needs_no_request(table, clock, monkeypatch):
    rate = RateLimit(table, clock)
    accepted(rate, FIFTY)
    monkeypatch.delattr(MemoryTable, "get")
    monkeypatch.delattr(MemoryTable, "write")

    with pytest.raises(RateLimited):
        rate.usage(API_KEY, ONE).count()


SLOW = ApiKey("shop", "00000001", False, 60)  # a megapixel a second


def stored(table, clock):
    """Return the seconds in which the bucket is full again."""
    return table.get(account_key("shop"))["rate_00000001"] / 1000 - clock.now


def test_a_bucket_that_was_restored_to_an_earlier_time_is_learned_anew(table, clock):
    rate = RateLimit(table, clock)
    rate.usage(SLOW, ONE).count()
    table.write(Write(account_key("shop"), set={f"rate_{SLOW.id}": 0}))

    rate.usage(SLOW, ONE).count()

    assert stored(table, clock) == 1


def test_what_another_process_has_just_counted_is_not_lost(table, clock):
    for rate in [RateLimit(table, clock) for _ in range(3)]:
        rate.usage(SLOW, Size(1000, 300)).count()

    assert stored(table, clock) == pytest.approx(0.9)


def test_a_process_that_knows_too_little_counts_no_more_than_the_limit(table, clock):
    early, late = RateLimit(table, clock), RateLimit(table, clock)
    early.usage(SLOW, Size(1000, 30_000)).count()
    late.usage(SLOW, Size(1000, 29_000)).count()

    with pytest.raises(RateLimited) as limited:
        early.usage(SLOW, Size(1000, 2000)).count()

    assert limited.value.retry_after_s == 1
    assert early.usage(SLOW, ONE).count().remaining == 0


@pytest.mark.parametrize(("pixels", "passes"), [(59_000_000, True), (59_001_000, False)])
def test_the_limit_is_exact_to_the_millisecond(rate, pixels, passes):
    rate.usage(SLOW, Size(pixels, 1)).count()

    assert accepted(rate, ONE, SLOW) == passes


@pytest.mark.parametrize("seconds", [1, 1.5, 3, 3.001, 4, 10, 3600])
def test_a_bucket_that_has_been_full_for_long_holds_no_more_than_a_minute(rate, clock, seconds):
    rate.usage(SLOW, ONE).count()
    clock.now += seconds

    assert accepted(rate, Size(1000, 500), SLOW) == 120


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),  # the process that gets a picture
            st.sampled_from([0, 1, LATE_MS // 2, LATE_MS + 1, 3 * LATE_MS, 20_000, MINUTE_MS]),
            st.sampled_from([ONE, FIFTY, Size(5000, 2000)]),
        ),
        max_size=60,
    )
)
def test_processes_together_keep_to_the_limit_and_use_all_of_it(calls):
    clock, table = Clock(), MemoryTable()
    clock.now = 2_000_000_000.0
    processes = [RateLimit(table, clock) for _ in range(3)]
    since_ms = int(clock.now * 1000)
    exact_ms = taken_ms = 0  # when the bucket is full by an exact count; what was taken since
    for process, wait_ms, size in calls:
        clock.now += wait_ms / 1000
        now_ms, picture_ms = round(clock.now * 1000), size.width * size.height // 1000
        clock.now = now_ms / 1000
        try:
            processes[process].usage(SLOW, size).count()
        except RateLimited:
            assert max(exact_ms, now_ms) + picture_ms > now_ms + MINUTE_MS
        else:
            taken_ms += picture_ms
            exact_ms = max(exact_ms, now_ms) + picture_ms
        full_ms = (table.get(account_key("shop")) or {}).get("rate_00000001", 0)
        assert full_ms <= min(exact_ms, now_ms + MINUTE_MS)
        if full_ms <= now_ms - LATE_MS:
            since_ms, taken_ms = now_ms, 0
        assert taken_ms <= now_ms - since_ms + MINUTE_MS + LATE_MS
