"""Jobs.create, find and delete, and the idempotency of create."""

from dataclasses import replace

import pytest

from cutout.credits.accounts import Accounts
from cutout.errors import (
    IdempotencyKeyReused,
    InsufficientCredits,
    InvalidParameter,
    JobNotFound,
    UnsupportedOption,
)
from cutout.jobs.retention import JOB_S
from tests.job_services import job_request, message
from tests.memory import digits

HOOK = "https://shop.example/hook"


def test_deleting_a_done_job_deletes_its_files(service):
    job = service.create()
    service.run(job)

    service.jobs.delete("shop", job.id)

    assert service.files(job) == []
    found = service.jobs.find("shop", job.id)
    assert found.state == "done" and not found.has_result


def test_a_deletion_while_the_job_ends_deletes_the_result(service, monkeypatch):
    job = service.create()
    write = service.table.write

    def ended_before(*writes):
        monkeypatch.undo()
        service.run(job)
        write(*writes)

    monkeypatch.setattr(service.table, "write", ended_before)
    service.jobs.delete("shop", job.id)

    assert service.status(job)["status"] == "done"
    assert service.files(job) == []


@pytest.mark.parametrize("owner", ["", "shed"])
def test_only_its_account_finds_a_job(service, owner):
    job = service.create()

    for act in (service.jobs.find, service.jobs.delete):
        with pytest.raises(JobNotFound):
            act(owner, job.id)


def test_unknown_ids_raise_job_not_found(service):
    for name in ("0" * 32, "", "../x", "x" * 1000):
        with pytest.raises(JobNotFound):
            service.jobs.find("shop", name)


def test_a_job_expires_after_a_day(service):
    job = service.create()
    service.clock.now += JOB_S

    with pytest.raises(JobNotFound):
        service.jobs.find("shop", job.id)
    service.run(job)
    assert service.engine.photos == []


def test_the_same_idempotency_key_returns_the_same_job(service):
    first = service.create(key="a")
    again = service.create(key="a")
    other = service.create(key="b")

    assert again == first != other
    # The first message may have been lost, and another is none the worse.
    assert service.queue.receive() == [message(first), message(first), message(other)]
    assert service.files(again) == ["photo"]


def test_the_order_of_parameters_does_not_change_a_request(service):
    first = service.create(key="a", crop=True, format="webp")

    assert service.create(key="a", format="webp", crop=True) == first


def test_another_quality_is_another_request_and_naming_its_edges_is_none(service):
    first = service.create(key="a")

    assert service.create(key="a", edges="fast") == first
    with pytest.raises(IdempotencyKeyReused):
        service.create(key="a", quality="best")


def test_a_repeated_request_of_an_ended_job_is_not_queued_again(service):
    job = service.create(key="a")
    service.run(job)
    service.queue.receive()

    assert service.create(key="a").state == "done"
    assert service.queue.receive() == []


@pytest.mark.parametrize("changes", [{}, {"photo_url": "https://a.example/"}])
def test_an_account_without_credits_gets_no_new_job_and_its_old_ones(service, changes):
    job = service.create(key="a", **changes)
    service.ledger.expire("shop", 40)

    with pytest.raises(InsufficientCredits):
        service.create(key="b", **changes)

    assert service.create(key="a", **changes).id == job.id
    assert len(service.queue.receive()) == 2
    tester = replace(service.caller, is_test=True)
    assert service.create(key="c", caller=tester, **changes).state == "queued"


def test_a_photo_that_is_fetched_needs_its_highest_price(service):
    service.ledger.expire("shop", 37)

    with pytest.raises(InsufficientCredits, match=r"credits needed: 1; credits left: 0\.75"):
        service.create(photo_url="https://a.example/")

    service.create(photo_url="https://a.example/", max_pixels=250_000)
    service.create()  # it may be a small one


@pytest.mark.parametrize(
    "changes",
    [{"photo": b"another"}, {"max_pixels": 250_000}, {"webhook_url": HOOK}, {"format": "webp"}],
    ids=str,
)
def test_the_idempotency_key_of_another_request_is_refused(service, changes):
    service.create(key="a")

    with pytest.raises(IdempotencyKeyReused):
        service.create(key="a", **changes)


def test_idempotency_keys_are_shared_by_the_api_keys_of_one_account(service):
    job = service.create(key="a")

    assert service.create(key="a", caller=replace(service.caller, id="1")).id == job.id
    Accounts(service.table, service.clock, digits()).create_key("shed")
    service.ledger.grant("shed", 4)
    assert service.create(key="a", caller=replace(service.caller, account="shed")).id != job.id


def test_a_test_key_cannot_repeat_a_charged_request(service):
    service.create(key="a")

    with pytest.raises(IdempotencyKeyReused):
        service.create(key="a", caller=replace(service.caller, is_test=True))


def test_two_simultaneous_requests_with_one_idempotency_key_get_one_job(service, monkeypatch):
    write = service.table.write
    first = []

    def after_another(*writes):
        monkeypatch.undo()
        first.append(service.create(key="a"))
        write(*writes)

    create = service.jobs._store

    def begin(*arguments):
        monkeypatch.setattr(service.table, "write", after_another)
        monkeypatch.setattr(service.jobs, "_store", create)
        return create(*arguments)

    monkeypatch.setattr(service.jobs, "_store", begin)
    second = service.create(key="a")

    assert [second] == first
    assert len(list(service.bucket.files("jobs/"))) == 1


def test_an_idempotency_key_can_be_reused_after_a_day(service):
    first = service.create(key="a")
    service.clock.now += JOB_S

    assert service.create(b"another", key="a").id != first.id


def test_a_request_has_a_maximum_length(service):
    with pytest.raises(InvalidParameter, match="16,384 characters"):
        service.create(model="f" * 20_000)


def test_a_webhook_is_refused_if_none_can_be_sent(service):
    service.jobs._notifies = False

    with pytest.raises(UnsupportedOption):
        service.create(webhook_url=HOOK)


def test_a_job_is_loaded_as_it_was_stored(service):
    request = job_request(service.caller, HOOK, photo_url="https://a.example/", crop=True)

    job = service.jobs.create(request, {}, "")

    assert job.request == request
