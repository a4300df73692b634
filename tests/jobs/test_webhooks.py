"""Delivery of webhooks, with a clock in memory and a scripted receiver."""

import json

import pytest

from cutout.credits.accounts import Accounts, ApiKey
from cutout.errors import Unavailable
from cutout.jobs.webhook_secrets import WebhookSecrets
from cutout.jobs.webhooks import Reply, Unanswered, Webhook, Webhooks, attempts
from tests.credit_services import StubEngine
from tests.job_services import JobServices, job_request, message
from tests.jobs.test_webhook_secrets import expected
from tests.memory import MemoryBucket, MemoryQueue, digits

HOUR_S, DAY_S = 3600, 86400
WEBHOOK = Webhook("msg_1", "shop", "https://shop.example/hook", {"type": "job.done", "n": "ü"})


class Receiver:
    """Returns scripted replies, or raises Unanswered with a code."""

    def __init__(self, answer=200):
        self.answer = answer
        self.retry_after_s = 0
        self.is_final = False
        self.got = []

    def __call__(self, url, headers, body):
        self.got.append((url, headers, body))
        if isinstance(self.answer, str):
            raise Unanswered(self.answer, self.is_final)
        return Reply(self.answer, retry_after_s=self.retry_after_s)


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def secrets(table, clock):
    Accounts(table, clock, digits()).create_key("shop")
    return WebhookSecrets(table, clock, digits())


@pytest.fixture
def secret(secrets):
    return secrets.create("shop")


@pytest.fixture
def webhooks(table, secrets, secret, receiver, clock):
    return Webhooks(table, secrets, receiver, clock)


def logged(webhooks):
    return list(attempts(webhooks._table, "msg_1", webhooks._clock()))


def outcomes(webhooks):
    return [attempt.error or attempt.status for attempt in logged(webhooks)]


def test_a_webhook_is_signed_as_specified(webhooks, receiver, secret, clock):
    assert webhooks.deliver(WEBHOOK).state == "delivered"

    ((url, headers, body),) = receiver.got
    assert url == WEBHOOK.url
    assert json.loads(body) == WEBHOOK.payload
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == str(int(clock.now))
    signed = f"msg_1.{int(clock.now)}.".encode() + body
    assert headers["webhook-signature"] == expected(secret, signed)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_delivered(webhooks, receiver, status):
    receiver.answer = status

    assert webhooks.deliver(WEBHOOK).state == "delivered"


def test_status_410_ends_the_attempts(webhooks, receiver):
    receiver.answer = 410

    assert webhooks.deliver(WEBHOOK).state == "gone"
    assert webhooks.deliver(WEBHOOK).attempt is None


@pytest.mark.parametrize("answer", [199, 301, 307, 400, 404, 429, 500, 503, "timeout", "refused"])
def test_every_other_response_is_retried(webhooks, receiver, answer):
    receiver.answer = answer

    delivery = webhooks.deliver(WEBHOOK)

    assert (delivery.state, delivery.wait_s) == ("waiting", 5)
    assert outcomes(webhooks) == [answer]


def test_an_address_that_cannot_be_used_ends_the_attempts_with_its_code(webhooks, receiver):
    receiver.answer, receiver.is_final = "no_url", True

    assert webhooks.deliver(WEBHOOK).state == "given_up"
    assert webhooks.deliver(WEBHOOK).attempt is None
    assert outcomes(webhooks) == ["no_url"]


def waits(webhooks, clock):
    while (delivery := webhooks.deliver(WEBHOOK)).state == "waiting":
        yield delivery.wait_s
        clock.now += delivery.wait_s


def test_the_backoff_grows_to_an_hour_and_ends_after_a_day(webhooks, receiver, clock):
    receiver.answer = 500
    began = clock.now

    waited = list(waits(webhooks, clock))

    assert waited == [5, 30, 120, 600, 1800, *[HOUR_S] * 23]
    assert DAY_S - HOUR_S < clock.now - began <= DAY_S
    assert len(receiver.got) == len(outcomes(webhooks)) == 29
    assert webhooks.deliver(WEBHOOK).state == "given_up"


@pytest.mark.parametrize(
    ("told_s", "waited_s"), [(3, 5), (90, 90), (1799.5, 1800), (DAY_S, HOUR_S)]
)
def test_a_retry_after_is_respected_up_to_an_hour(webhooks, receiver, clock, told_s, waited_s):
    receiver.answer, receiver.retry_after_s = 503, told_s

    assert webhooks.deliver(WEBHOOK).wait_s == waited_s
    clock.now += waited_s - 1
    assert webhooks.deliver(WEBHOOK).attempt is None
    clock.now += 1
    assert webhooks.deliver(WEBHOOK).attempt.number == 2


def test_a_receiver_that_always_wants_longer_gets_a_day_of_attempts(webhooks, receiver, clock):
    receiver.answer, receiver.retry_after_s = 429, DAY_S

    assert list(waits(webhooks, clock)) == [HOUR_S] * 24
    assert webhooks.deliver(WEBHOOK).state == "given_up"


def test_each_attempt_has_the_same_id_and_its_own_time(webhooks, receiver, secret, clock):
    receiver.answer = 500
    webhooks.deliver(WEBHOOK)
    clock.now += 5
    webhooks.deliver(WEBHOOK)

    first, second = (headers for _, headers, _ in receiver.got)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 5
    assert first["webhook-signature"] != second["webhook-signature"]


def test_a_receiver_down_for_an_hour_gets_the_webhook_in_the_next(webhooks, clock):
    began = clock.now
    webhooks._post = lambda *values: Reply(500 if clock.now - began < HOUR_S else 200)

    for _ in waits(webhooks, clock):
        pass

    assert outcomes(webhooks) == [500] * 6 + [200]
    assert clock.now - began < 2 * HOUR_S


def test_a_message_before_the_due_time_waits_for_the_rest(webhooks, receiver, clock):
    receiver.answer = 500
    webhooks.deliver(WEBHOOK)
    clock.now += 1.5

    early = webhooks.deliver(WEBHOOK)

    assert (early.state, early.attempt, early.wait_s) == ("waiting", None, 4)
    assert len(receiver.got) == 1


def test_a_webhook_due_before_its_attempt_is_logged_still_waits(webhooks, receiver, table, clock):
    def slow(*writes, write=table.write):
        clock.now += 60
        write(*writes)

    receiver.answer, table.write = 500, slow

    delivery = webhooks.deliver(WEBHOOK)

    assert (delivery.state, delivery.wait_s) == ("waiting", 0)
    assert webhooks.deliver(WEBHOOK).attempt.number == 2


def test_a_delivered_webhook_is_not_posted_again(webhooks, receiver):
    webhooks.deliver(WEBHOOK)

    again = webhooks.deliver(WEBHOOK)

    assert (again.state, again.attempt, again.wait_s) == ("delivered", None, 0)
    assert len(receiver.got) == 1


@pytest.mark.parametrize(("first", "second"), [(200, 500), (500, 200)])
def test_simultaneous_attempts_are_both_logged_and_delivered(webhooks, receiver, first, second):
    def meanwhile(*values):
        webhooks._post = receiver
        receiver.answer = second
        webhooks.deliver(WEBHOOK)
        return Reply(first)

    webhooks._post = meanwhile

    assert webhooks.deliver(WEBHOOK).state == "delivered"
    assert [attempt.number for attempt in logged(webhooks)] == [1, 2]
    assert outcomes(webhooks) == [second, first]
    assert webhooks.deliver(WEBHOOK).attempt is None


def down(*values):
    raise Unavailable("too busy")


def test_nothing_is_posted_if_the_table_is_unavailable(webhooks, receiver, table, monkeypatch):
    monkeypatch.setattr(table, "get", down)

    with pytest.raises(Unavailable):
        webhooks.deliver(WEBHOOK)

    assert receiver.got == []


def test_a_webhook_whose_attempt_was_not_logged_is_repeated_with_its_id(
    webhooks, receiver, table, monkeypatch
):
    with monkeypatch.context() as while_busy, pytest.raises(Unavailable):
        while_busy.setattr(table, "write", down)
        webhooks.deliver(WEBHOOK)

    assert webhooks.deliver(WEBHOOK).state == "delivered"

    assert [headers["webhook-id"] for _, headers, _ in receiver.got] == ["msg_1", "msg_1"]
    assert outcomes(webhooks) == [200]


def test_a_webhook_without_a_secret_ends_at_the_first_attempt(
    webhooks, receiver, secrets, secret, clock
):
    (made,) = secrets.secrets("shop")
    secrets.revoke("shop", made.id)

    assert webhooks.deliver(WEBHOOK).state == "given_up"
    secrets.create("shop")
    clock.now += DAY_S

    assert webhooks.deliver(WEBHOOK).attempt is None
    assert receiver.got == []
    assert outcomes(webhooks) == ["no_secret"]


def test_the_log_has_the_time_and_duration_of_attempts(webhooks, receiver, clock):
    def slow(*values):
        clock.now += 0.25
        return Reply(503)

    webhooks._post = slow
    webhooks.deliver(WEBHOOK)

    (attempt,) = logged(webhooks)
    assert (attempt.number, attempt.status, attempt.error, attempt.ms) == (1, 503, "", 250)
    assert attempt.at.startswith("2027-01-15T08:00:00")


def test_the_log_expires(webhooks, table, clock):
    webhooks.deliver(WEBHOOK)
    expires = {item["expires_at"] for item in table.items() if item["pk"] == "webhook#msg_1"}

    clock.now += 7 * DAY_S

    assert expires == {int(clock.now)}
    assert logged(webhooks) == []


def test_the_log_contains_neither_url_nor_payload(webhooks, table):
    webhooks.deliver(WEBHOOK)

    kept = str([item for item in table.items() if item["pk"].startswith("webhook#")])
    assert "shop.example" not in kept and "job.done" not in kept


def test_the_webhook_of_a_finished_job_is_signed(table, secrets, secret, receiver, clock):
    queue = MemoryQueue()
    job_services = JobServices(table, MemoryBucket(clock), MemoryQueue(), queue, clock)
    job_services.ledger.grant("shop", 4)
    caller = ApiKey("shop", "1", is_test=False, megapixels_per_minute=500)
    job = job_services.jobs.create(job_request(caller, WEBHOOK.url), {"photo": b"photo"}, "")
    job_services.worker(StubEngine()).run(message(job))
    (reported,) = queue.receive()

    delivery = Webhooks(table, secrets, receiver, clock).deliver(Webhook(**json.loads(reported)))

    assert delivery.state == "delivered"
    ((url, headers, body),) = receiver.got
    assert (url, headers["webhook-id"]) == (WEBHOOK.url, f"msg_{job.id}")
    assert json.loads(body)["data"]["status"] == "done"
    signed = f"msg_{job.id}.{int(clock.now)}.".encode() + body
    assert headers["webhook-signature"] == expected(secret, signed)
