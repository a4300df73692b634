"""Pauses of receivers that do not answer, and the share of an account in the time for webhooks."""

import heapq
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from cutout.jobs import receivers
from cutout.jobs.webhooks import Reply, Unanswered, Webhook, Webhooks, attempts

DEAD, GOOD = "https://dead.example/hook", "https://good.example/hook"
HOUR_S, DAY_S = 3600, 86400


class Secrets:
    def signatures(self, account, signed):
        return "v1,signature"


class Internet:
    """Receivers that answer with 200, and one that does not answer, after as many seconds."""

    def __init__(self, clock):
        self.clock = clock
        self.posted = []
        self.dead, self.dead_s = {DEAD}, 0
        self.answer = 200

    def __call__(self, url, headers, body):
        self.posted.append(url)
        if url in self.dead:
            self.clock.now += self.dead_s
            raise Unanswered("timeout")
        return Reply(self.answer)


@pytest.fixture
def internet(clock):
    return Internet(clock)


@pytest.fixture
def webhooks(table, internet, clock):
    return Webhooks(table, Secrets(), internet, clock)


def webhook(name, url=DEAD, account="shop"):
    return Webhook(f"msg_{name}", account, url, {})


def error(webhooks, name):
    *_, last = attempts(webhooks._table, f"msg_{name}", webhooks._clock())
    return last.error or last.status


def paused(webhooks, internet):
    """Make so many attempts that the dead receiver is paused."""
    for number in range(receivers.FAILURES + 1):
        webhooks.deliver(webhook(f"first{number}"))
    assert len(internet.posted) == receivers.FAILURES + 1
    internet.posted.clear()


def test_a_receiver_that_does_not_answer_is_paused_for_its_account(webhooks, internet):
    paused(webhooks, internet)

    delivery = webhooks.deliver(webhook("next"))

    assert (delivery.state, delivery.wait_s) == ("waiting", 5)  # as after an attempt
    assert error(webhooks, "next") == "paused"
    assert internet.posted == []


@pytest.mark.parametrize(
    ("url", "account"), [(GOOD, "shop"), (DEAD, "shed"), ("https://dead.example:8443/", "shop")]
)
def test_other_receivers_and_accounts_are_not_paused(webhooks, internet, url, account):
    paused(webhooks, internet)

    webhooks.deliver(webhook("next", url, account))

    assert internet.posted == [url]


@pytest.mark.parametrize("url", ["https://DEAD.example", "https://dead.example?a", DEAD + "/b"])
def test_a_receiver_is_known_by_its_host(webhooks, internet, url):
    paused(webhooks, internet)

    webhooks.deliver(webhook("next", url))

    assert internet.posted == []


def test_after_a_pause_one_attempt_is_made_and_the_next_pause_is_twice_as_long(
    webhooks, internet, clock
):
    paused(webhooks, internet)

    for pause_s in (60, 120, 240, 480, 960, 1920, 3600, 3600):
        clock.now += pause_s - 1
        webhooks.deliver(webhook(f"early{clock.now}"))
        assert internet.posted == []
        clock.now += 1
        for number in range(3):
            webhooks.deliver(webhook(f"{clock.now}{number}"))
        assert internet.posted == [DEAD]
        internet.posted.clear()


def test_of_sixteen_threads_one_makes_the_attempt_after_a_pause(webhooks, internet, clock):
    paused(webhooks, internet)
    clock.now += receivers.FIRST_PAUSE_S

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: webhooks.deliver(webhook(f"thread{n}")), range(16)))

    assert internet.posted == [DEAD]


def test_an_answer_ends_the_pauses(webhooks, internet, clock):
    paused(webhooks, internet)
    clock.now += receivers.FIRST_PAUSE_S
    internet.dead.clear()

    states = [webhooks.deliver(webhook(f"next{number}")).state for number in range(3)]

    assert states == ["delivered"] * 3


def test_failures_that_are_not_in_a_row_or_long_ago_pause_nobody(webhooks, internet, clock):
    for number in range(2 * receivers.FAILURES):
        internet.dead = {DEAD} if number % receivers.FAILURES else set()
        webhooks.deliver(webhook(f"row{number}"))
    clock.now += 2 * receivers.LONGEST_PAUSE_S
    internet.dead = {DEAD}
    for number in range(receivers.FAILURES - 1):
        webhooks.deliver(webhook(f"late{number}"))

    assert len(internet.posted) == 3 * receivers.FAILURES - 1


def test_a_receiver_that_answers_with_errors_is_not_paused(webhooks, internet):
    internet.dead, internet.answer = set(), 500

    for number in range(50):
        webhooks.deliver(webhook(f"next{number}"))

    assert len(internet.posted) == 50


def test_a_single_webhook_of_a_dead_receiver_has_all_its_attempts(webhooks, internet, clock):
    waited = []
    while (delivery := webhooks.deliver(webhook("only"))).state == "waiting":
        waited.append(delivery.wait_s)
        clock.now += delivery.wait_s

    assert waited == [5, 30, 120, 600, 1800, *[HOUR_S] * 23]
    assert len(internet.posted) == 29


def simulated(webhooks, clock, count, seconds):
    """Deliver webhooks of the dead receiver when they are due; return how often each came."""
    began, received = clock.now, Counter()
    due = [(began + number, number) for number in range(count)]
    while due:
        at, number = heapq.heappop(due)
        if at > began + seconds:
            break
        clock.now = max(clock.now, at)
        received[number] += 1
        delivery = webhooks.deliver(webhook(number))
        if delivery.state == "waiting":
            heapq.heappush(due, (clock.now + delivery.wait_s, number))
    return received


@pytest.mark.parametrize(("failures", "posts"), [(10**6, 600), (receivers.FAILURES, 10)])
def test_a_hundred_webhooks_of_a_dead_receiver_make_few_posts_in_an_hour(
    webhooks, internet, clock, monkeypatch, failures, posts
):
    """Without pauses each post holds one of twenty threads for ten seconds."""
    monkeypatch.setattr(receivers, "FAILURES", failures)

    simulated(webhooks, clock, 100, HOUR_S)

    assert len(internet.posted) == posts


def test_webhooks_of_a_dead_receiver_end_within_a_day_and_come_29_times_at_most(
    webhooks, internet, clock
):
    received = simulated(webhooks, clock, 20, 2 * DAY_S)

    assert max(received.values()) <= 29
    assert {webhooks.deliver(webhook(number)).state for number in range(20)} == {"given_up"}


def test_webhooks_reach_a_receiver_that_is_back_within_an_hour(webhooks, internet, clock):
    simulated(webhooks, clock, 20, 2 * HOUR_S)
    internet.dead.clear()
    back = clock.now

    waits = sorted((webhooks.deliver(webhook(number)).wait_s, number) for number in range(20))
    for wait_s, number in waits:
        clock.now = back + wait_s
        assert wait_s <= HOUR_S
        assert webhooks.deliver(webhook(number)).state == "delivered"


@pytest.fixture
def many_dead(internet, clock):
    """Return a webhook for a host of its own that takes ten seconds and does not answer."""
    clock.now -= clock.now % 60

    def dead(number, account="shop"):
        url = f"https://dead{number}.example/"
        internet.dead.add(url)
        return webhook(f"{account}{number}", url, account)

    return dead


def test_the_slow_receivers_of_an_account_have_a_share_of_each_minute(
    webhooks, internet, clock, many_dead
):
    """The clock stands still but for the receivers, which all take their time at once."""
    began = clock.now
    for number in range(60):
        internet.dead_s = 10
        webhooks.deliver(many_dead(number))
        clock.now = began + 0.5

    assert len(internet.posted) == receivers.SLOW_SHARE_MS // 10_000
    assert error(webhooks, "shop59") == "paused"
    webhooks.deliver(many_dead(0, "shed"))
    assert len(internet.posted) == receivers.SLOW_SHARE_MS // 10_000 + 1

    clock.now = began + 60
    webhooks.deliver(many_dead(60))
    assert error(webhooks, "shop60") == "timeout"


def test_receivers_that_answer_within_a_second_use_up_no_share(webhooks, internet):
    for number in range(400):
        assert webhooks.deliver(webhook(number, GOOD)).state == "delivered"


def test_the_table_does_not_hold_hosts(webhooks, table, internet):
    paused(webhooks, internet)

    kept = [item for item in table.items() if item["sk"] == "receiver"]
    assert kept and "dead.example" not in str(kept)
