"""Limits of an account's unfinished jobs and of its webhooks that nobody pays for."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from cutout.aws.sqs import SqsQueue
from cutout.credits.accounts import Accounts
from cutout.errors import TooManyJobs, TooManyWebhooks, Unavailable, UnknownForeground
from cutout.jobs import backlog
from cutout.jobs.worker import RECEIVES
from tests.credit_services import StubEngine
from tests.job_services import JobServices, job_request
from tests.memory import MemoryBucket, MemoryQueue, MemoryTable, digits

HOOK = "https://shop.example/hook"


class NoSubject(StubEngine):
    def remove_background(self, photo, options, deadline):
        raise UnknownForeground("nothing stands out")


@pytest.fixture
def limited(service):
    """The account may have three unfinished jobs."""
    service.jobs = service.on(most_jobs=3).jobs
    return service


def created(service, at_most=9, **changes):
    """Create jobs until one is refused; return those that were created."""
    jobs = []
    for _ in range(at_most):
        try:
            jobs.append(service.create(**changes))
        except TooManyJobs:
            break
    return jobs


def counts(service):
    (item,) = [item for item in service.table.items() if item["sk"] == "backlog"]
    return item["open"], item.get("webhooks", 0)


def test_an_account_has_so_many_unfinished_jobs_and_the_error_says_when_to_try_again(limited):
    assert len(created(limited)) == 3

    with pytest.raises(TooManyJobs, match="3 jobs of this account have not ended") as refused:
        limited.create()

    assert refused.value.retry_after_s == 10
    assert len(limited.queue.receive()) == 3
    assert len(list(limited.bucket.files("jobs/"))) == 3  # nothing of the refused ones is kept


def finished(service, job):
    service.run(job)


def failed(service, job):
    service.run(job, NoSubject())


def given_up(service, job):
    service.run(job, received=RECEIVES)


def broken(service, job):
    class Broken(StubEngine):
        def remove_background(self, photo, options, deadline):
            raise ZeroDivisionError

    service.run(job, Broken())


def cancelled(service, job):
    service.jobs.delete("shop", job.id)


@pytest.mark.parametrize("end", [finished, failed, given_up, broken, cancelled])
def test_a_job_that_ends_makes_room_for_one(limited, end):
    job, *_ = created(limited)

    for _ in range(2):  # a second delivery or deletion changes nothing
        end(limited, job)

    assert len(created(limited)) == 1


def test_a_job_that_is_retried_is_still_unfinished(limited):
    class Busy(StubEngine):
        def remove_background(self, photo, options, deadline):
            raise Unavailable("busy")

    job, *_ = created(limited)
    with pytest.raises(Unavailable):
        limited.run(job, Busy())

    assert created(limited) == []


def test_a_known_idempotency_key_returns_its_job_whatever_the_limit(limited):
    job = limited.create(key="a")
    created(limited)

    assert limited.create(key="a").id == job.id


def test_another_account_is_not_affected(limited):
    created(limited)
    Accounts(limited.table, limited.clock, digits()).create_key("shed")
    limited.ledger.grant("shed", 4)

    assert limited.create(caller=replace(limited.caller, account="shed")).state == "queued"


def test_jobs_that_never_end_block_nobody_on_the_next_day(limited):
    created(limited)
    limited.clock.now += backlog.DAY_S

    assert len(created(limited)) == 3


def test_a_job_that_was_queued_without_a_limit_is_not_counted_when_it_ends(limited):
    job = limited.on().jobs.create(job_request(limited.caller), {"photo": b"photo"}, "")
    created(limited)

    limited.run(job)

    assert created(limited) == []


def test_a_job_that_another_one_overtakes_is_refused_and_leaves_no_picture(limited, monkeypatch):
    created(limited, at_most=2)
    write = limited.table.write

    def overtaken(*writes):
        monkeypatch.undo()
        limited.create()
        write(*writes)

    monkeypatch.setattr(limited.table, "write", overtaken)
    with pytest.raises(TooManyJobs):
        limited.create()

    assert counts(limited) == (3, 0)
    assert len(list(limited.bucket.files("jobs/"))) == 3


def test_sixteen_threads_create_no_more_jobs_than_allowed(limited):
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: len(created(limited)), range(16)))

    assert sum(made) == 3
    assert counts(limited) == (3, 0)
    assert len(list(limited.bucket.files("jobs/"))) == 3


@pytest.fixture
def few(limited, monkeypatch):
    """Two webhooks of the account are free, beside those of its three unfinished jobs."""
    monkeypatch.setattr(backlog, "UNPAID_WEBHOOKS", 2)
    return limited


def test_webhooks_of_failed_jobs_are_limited_and_jobs_without_one_are_not(few):
    def fail():
        failed(few, few.create(webhook_url=HOOK))

    for _ in range(5):
        fail()

    with pytest.raises(TooManyWebhooks, match="send the job without webhook_url") as refused:
        fail()
    assert few.create().state == "queued"
    few.clock.now += refused.value.retry_after_s
    fail()


@pytest.mark.parametrize("end", [finished, cancelled])
def test_webhooks_of_paid_and_cancelled_jobs_are_not_limited(few, end):
    for _ in range(9):
        end(few, few.create(webhook_url=HOOK))

    assert counts(few) == (0, 0)


def test_webhooks_of_a_test_keys_jobs_are_limited(few):
    tester = replace(few.caller, is_test=True)
    for _ in range(5):
        finished(few, few.create(webhook_url=HOOK, caller=tester))

    with pytest.raises(TooManyWebhooks):
        few.create(webhook_url=HOOK, caller=tester)


@pytest.mark.aws
@pytest.mark.parametrize(("most_jobs", "before"), [(0, 200), (20, 20)])
def test_of_two_accounts_the_one_with_a_single_job_waits_for_no_more_than_the_limit(
    aws, queue, clock, most_jobs, before
):
    """The local SQS delivers in the order of arrival, without fairness: the limit alone acts."""
    sqs = aws.client("sqs")
    table, bucket = MemoryTable(), MemoryBucket(clock)
    services = JobServices(
        table,
        bucket,
        SqsQueue(aws.service("sqs"), queue),
        MemoryQueue(),
        clock,
        most_jobs=most_jobs,
    )
    accounts = Accounts(table, clock, digits())
    callers = [accounts.authenticate(accounts.create_key(name)) for name in ("many", "one")]
    for caller in callers:
        services.ledger.grant(caller.account, 4)
    taken = []
    for caller in [callers[0]] * 200 + [callers[1]]:
        try:
            taken.append(services.jobs.create(job_request(caller), {"photo": b"photo"}, ""))
        except TooManyJobs:
            continue

    groups = []
    asked = {"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["MessageGroupId"]}
    while got := sqs.receive_message(QueueUrl=queue, **asked).get("Messages"):
        groups += [message["Attributes"]["MessageGroupId"] for message in got]

    assert len(taken) == len(groups) == before + 1
    assert groups.index("one") == before
