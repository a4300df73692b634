"""Runs of queued jobs: retries, leases, charges and cancellation."""

import json
from dataclasses import replace
from math import inf

import pytest

from cutout.credits.ledger import ABANDONED_AFTER_S
from cutout.errors import (
    ImageDownloadFailed,
    InvalidSetting,
    JobNotFound,
    ModelsMissing,
    Unavailable,
    UnknownForeground,
)
from cutout.jobs.job import key, load
from cutout.jobs.request import STORED
from cutout.jobs.worker import LEASE_S, RECEIVES, Busy
from cutout.options.values import Reference
from cutout.picture import Size
from cutout.ports import Write
from tests.credit_services import StubEngine
from tests.job_services import job_request, message

HOOK = "https://shop.example/hook"


class Failing(StubEngine):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def remove_background(self, photo, options, deadline):
        super().remove_background(photo, options, deadline)
        raise self.error


class Overtaken:
    """A store that runs another action just before the first call of one method."""

    def __init__(self, store, method, other):
        self._store = store
        self._method = method
        self._others = [other]

    def __getattr__(self, name):
        return self._call if name == self._method else getattr(self._store, name)

    def _call(self, *arguments):
        while self._others:
            self._others.pop()()
        return getattr(self._store, self._method)(*arguments)


def test_a_job_is_queued_run_and_charged(service):
    job = service.create()
    assert service.queue.receive() == [message(job)]
    assert service.status(job)["status"] == "queued"

    service.run(job)

    data = service.status(job)
    assert data["status"] == "done"
    assert (data["width"], data["height"], data["foreground_width"]) == (1, 1, 1)
    assert (data["model"], data["confidence"], data["credits_charged"]) == ("red", 0.9, 1)
    assert (data["looks"], data["looks_skipped"]) == (2, 1)
    assert service.bucket.get(f"jobs/{job.id}/result.png").data == b"cutout"
    assert service.jobs.result_url(service.jobs.find("shop", job.id)).endswith("result.png")
    assert service.charged() == [4]


def test_a_message_delivered_several_times_gives_one_result_and_one_charge(service):
    job = service.create(webhook_url=HOOK)

    for _ in range(3):
        service.run(job)

    assert service.engine.photos == [b"photo"]
    assert service.charged() == [4]
    assert len(service.webhooks.receive()) == 1


def test_only_the_result_of_a_done_job_is_kept(service):
    request = job_request(service.caller, backdrop=STORED, mask=STORED)
    job = service.jobs.create(request, dict.fromkeys(request.stored(), b"picture"), "")

    service.run(job)

    assert service.files(job) == ["result.png"]


@pytest.mark.parametrize("received", [1, RECEIVES])
def test_no_file_of_a_failed_job_is_kept(service, received):
    job = service.create()

    service.run(job, Failing(UnknownForeground("nothing stands out")), received)

    assert service.status(job)["status"] == "failed"
    assert service.files(job) == []


def test_pictures_are_deleted_once_the_bucket_is_available(service):
    job = service.create(webhook_url=HOOK)
    existing = service.on(bucket=BusyOnce(service.bucket, "delete"))
    with pytest.raises(Unavailable):
        existing.worker(service.engine).run(message(job))
    assert len(service.webhooks.receive()) == 1  # who waits for it does not wait for that

    service.run(job, received=2)

    assert service.files(job) == ["result.png"]
    assert service.webhooks.receive() == []


def test_a_second_worker_of_a_leased_job_raises_busy(service):
    job = service.create()

    class Second(StubEngine):
        def remove_background(self, photo, options, deadline):
            with pytest.raises(Busy):
                service.run(job)
            return super().remove_background(photo, options, deadline)

    service.run(job, Second())

    assert service.status(job)["status"] == "done"
    assert service.charged() == [4]


def test_a_job_taken_over_from_a_slow_worker_is_charged_and_notified_once(service):
    job = service.create(webhook_url=HOOK)

    class Slow(StubEngine):
        def remove_background(self, photo, options, deadline):
            service.clock.now += LEASE_S
            service.run(job)
            return super().remove_background(photo, options, deadline)

    service.run(job, Slow())

    assert service.status(job)["status"] == "done"
    assert service.charged() == [4]
    assert len(service.webhooks.receive()) == 1
    assert service.files(job) == ["result.png"]


def test_a_worker_that_lost_its_lease_to_a_running_one_raises_busy(service):
    job = service.create()

    class Slow(StubEngine):
        def remove_background(self, photo, options, deadline):
            service.clock.now += LEASE_S
            service.job_services.worker(self)._lease(job.id)
            return super().remove_background(photo, options, deadline)

    with pytest.raises(Busy):
        service.run(job, Slow())

    assert service.charged() == []


def test_one_of_two_workers_takes_over_a_dead_workers_job(service):
    job = service.create()
    hold = service.job_services.worker(service.engine)._lease
    hold(job.id)
    service.clock.now += LEASE_S
    existing = service.on(table=Overtaken(service.table, "write", lambda: hold(job.id)))

    with pytest.raises(Busy):
        existing.worker(service.engine).run(message(job))

    assert service.engine.photos == []


def test_an_error_of_the_picture_fails_the_job_without_a_charge(service):
    job = service.create(webhook_url=HOOK)

    service.run(job, Failing(UnknownForeground("nothing stands out")))

    assert service.status(job)["error"] == {
        "code": "unknown_foreground",
        "title": "Could not identify foreground in image.",
        "detail": "nothing stands out",
    }
    assert service.ledger.balance("shop") == 40
    (hook,) = service.webhooks.receive()
    assert json.loads(hook)["payload"]["data"]["status"] == "failed"


def test_a_job_past_its_deadline_fails_with_advice(service):
    def too_late(photo, options, deadline):
        raise deadline.exceeded()

    job = service.create()

    service.run(job, remove_background=too_late, deadline_s=54)

    assert service.status(job)["error"] == {
        "code": "timeout",
        "title": "The picture took too long",
        "detail": "the picture took longer than the 54 s allowed; send a smaller one",
    }
    assert service.ledger.balance("shop") == 40


@pytest.mark.parametrize(
    "error", [Unavailable("down"), ModelsMissing("not built"), InvalidSetting("no such model")]
)
def test_an_error_of_the_service_is_retried(service, error):
    job = service.create()

    with pytest.raises(type(error)):
        service.run(job, Failing(error))

    assert service.ledger.balance("shop") == 40
    service.clock.now += LEASE_S
    service.run(job, received=2)
    assert service.status(job)["status"] == "done"
    assert service.charged() == [4]


class RefusedByAws(Exception):
    """Of an adapter of AWS, which jobs do not know; it calls what may pass Unavailable."""


@pytest.mark.parametrize("error", [KeyError("ftp"), MemoryError(), OSError(), RefusedByAws()])
def test_a_bug_ends_its_job_at_the_first_delivery_and_is_reported(service, error):
    job = service.create(webhook_url=HOOK)

    service.run(job, Failing(error))

    assert service.status(job)["status"] == "failed"
    assert service.status(job)["error"] == {
        "code": "internal_error",
        "title": "Internal error",
        "detail": "this is our mistake and is logged",
    }
    assert service.job_services.bugs == [(job.id, error)]
    assert service.ledger.balance("shop") == 40
    assert service.files(job) == []
    (hook,) = map(json.loads, service.webhooks.receive())
    assert hook["payload"]["data"]["error"]["code"] == "internal_error"


def test_a_bug_after_the_charge_does_not_fail_the_job(service):
    job = service.create()

    def record(result):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        service.run(job, record=record)
    service.run(job, received=2)

    assert service.status(job)["status"] == "done"
    assert service.files(job) == ["result.png"]
    assert service.charged() == [4]


def stored_as(service, job, text):
    service.table.write(Write(key(job.id), set={"order": text}))


@pytest.mark.parametrize(
    "text", ["", "words", "[]", "null", '{"v": 1}', '{"v": 1, "account": "shop", "options": 5}']
)
def test_a_job_that_cannot_be_read_ends_at_the_first_delivery(service, text):
    job = service.create()
    stored_as(service, job, text)

    service.run(job)

    stored = load(service.table, job.id, service.clock())
    assert (stored.state, stored.error["code"]) == ("failed", "internal_error")
    assert service.files(job) == []
    assert [job_id for job_id, _ in service.job_services.bugs] == [job.id]


def test_the_owner_of_a_job_that_cannot_be_read_is_told(service):
    job = service.create(webhook_url=HOOK)
    stored = json.loads(str(service.table.get(key(job.id))["order"]))
    stored_as(service, job, json.dumps(stored | {"photo": None}))

    service.run(job)

    assert service.status(job)["error"]["code"] == "internal_error"
    (hook,) = map(json.loads, service.webhooks.receive())
    assert (hook["account"], hook["url"]) == ("shop", HOOK)


def test_a_job_of_a_later_version_waits_for_its_worker_until_the_last_delivery(service):
    job = service.create()
    stored = json.loads(str(service.table.get(key(job.id))["order"]))
    stored_as(service, job, json.dumps(stored | {"v": 2}))

    with pytest.raises(Unavailable, match="later version"):
        service.run(job)
    assert service.status(job)["status"] == "queued"
    service.run(job, received=RECEIVES)

    assert service.status(job)["error"]["code"] == "unavailable"


def test_a_transient_error_ends_the_lease(service):
    job = service.create()
    with pytest.raises(Unavailable):
        service.run(job, Failing(Unavailable("down")))

    assert service.status(job)["status"] == "queued"
    service.run(job)

    assert service.status(job)["status"] == "done"


def test_the_last_delivery_fails_the_job_without_running_it(service):
    job = service.create(webhook_url=HOOK)

    service.run(job, received=RECEIVES)

    data = service.status(job)
    assert (data["status"], data["error"]["code"]) == ("failed", "unavailable")
    assert data["error"]["detail"].endswith("send it as a new job")
    assert service.engine.photos == []
    assert service.ledger.balance("shop") == 40
    assert len(service.webhooks.receive()) == 1


def test_a_delivery_after_the_last_one_fails_the_job_too(service):
    job = service.create(webhook_url=HOOK)
    service.job_services.worker(service.engine)._lease(job.id)
    with pytest.raises(Busy):
        service.run(job, received=RECEIVES)
    service.clock.now += LEASE_S

    service.run(job, received=RECEIVES + 1)

    assert service.status(job)["status"] == "failed"
    assert service.engine.photos == []
    assert len(service.webhooks.receive()) == 1


class Death(BaseException):
    """As SIGKILL: nothing is caught and nothing is cleaned up."""


class DyingTable:
    """Dies at its nth write, and does nothing after that."""

    def __init__(self, table, n, is_done):
        self._table = table
        self._left = n
        self._is_done = is_done

    def __getattr__(self, name):
        return getattr(self._table, name)

    def write(self, *writes):
        if self._left < 0:
            raise Death
        self._left -= 1
        if self._left < 0 and not self._is_done:
            raise Death
        self._table.write(*writes)
        if self._left < 0:
            raise Death


@pytest.mark.parametrize("is_done", [True, False], ids=["just after", "just before"])
@pytest.mark.parametrize("n", range(7))
def test_the_next_worker_completes_a_job_wherever_one_died(service, n, is_done):
    """The writes are: held; reserved; the outcome; settled; done; notified."""
    job = service.create(webhook_url=HOOK)
    existing = service.on(table=DyingTable(service.table, n, is_done))
    try:
        existing.worker(service.engine).run(message(job))
        assert n >= 6
    except Death:
        assert n < 6
    service.clock.now += ABANDONED_AFTER_S + 1
    service.ledger.sweep()

    service.run(job, received=2)

    assert service.status(job)["status"] == "done"
    assert service.status(job)["credits_charged"] == 1
    assert service.charged() == [4]
    assert service.ledger.balance("shop") == 36
    hooks = [json.loads(hook) for hook in service.webhooks.receive()]
    assert {hook["id"] for hook in hooks} == {f"msg_{job.id}"}
    if n > 2:  # an earlier worker had stored the outcome
        assert len(service.engine.photos) == 1


class BusyOnce:
    """A store that is too busy at the nth call of one kind, and else what it is."""

    def __init__(self, store, method, n=0):
        self._store = store
        self._method = method
        self._left = n

    def __getattr__(self, name):
        return self._call if name == self._method else getattr(self._store, name)

    def _call(self, *arguments):
        self._left -= 1
        if self._left == -1:
            raise Unavailable("too busy")
        return getattr(self._store, self._method)(*arguments)


@pytest.mark.parametrize(
    ("store", "method", "n"),
    [("table", "get", n) for n in range(2)]
    + [("table", "write", n) for n in range(6)]
    + [("bucket", "get", 0), ("bucket", "put", 0), ("bucket", "delete", 0)],
)
def test_a_store_that_is_unavailable_once_only_delays_a_job(service, store, method, n):
    job = service.create(webhook_url=HOOK)
    existing = service.on(**{store: BusyOnce(getattr(service, store), method, n)})

    with pytest.raises(Unavailable):
        existing.worker(service.engine).run(message(job))
    service.clock.now += LEASE_S
    service.run(job, received=2)

    assert service.status(job)["status"] == "done"
    assert service.charged() == [4]
    assert service.ledger.balance("shop") == 36
    hooks = [json.loads(hook) for hook in service.webhooks.receive()]
    assert {hook["id"] for hook in hooks} == {f"msg_{job.id}"}


def test_the_last_delivery_completes_a_job_whose_result_is_charged(service):
    job = service.create()
    existing = service.on(table=DyingTable(service.table, 3, True))
    with pytest.raises(Death):
        existing.worker(service.engine).run(message(job))
    service.clock.now += LEASE_S

    service.run(job, received=RECEIVES)

    assert service.status(job)["status"] == "done"
    assert service.charged() == [4]


def test_a_webhook_is_queued_again_until_the_queue_accepts_it(service):
    job = service.create(webhook_url=HOOK)

    def down(text, account):
        raise Unavailable("the queue is down")

    with pytest.raises(Unavailable):
        service.run(job, notify=down)
    assert service.status(job)["status"] == "done"
    service.run(job, received=2)

    (hook,) = map(json.loads, service.webhooks.receive())
    assert service.webhooks.groups == ["shop"]
    assert hook == {
        "id": f"msg_{job.id}",
        "account": "shop",
        "url": HOOK,
        "payload": service.jobs.find("shop", job.id).status(),
    }
    assert "result_url" not in hook["payload"]["data"]


def test_a_job_without_credits_fails_before_the_engine_runs(service):
    job = service.create()
    service.ledger.expire("shop", 40)

    service.run(job)

    assert service.status(job)["error"]["code"] == "insufficient_credits"
    assert service.engine.photos == []


def test_a_result_whose_charge_failed_is_charged_for_its_size_and_not_for_what_was_held(
    service, monkeypatch
):
    def unavailable(*arguments):
        raise Unavailable("busy")

    job = service.create(photo_url="https://a.example/")
    first = service.job_services.worker(
        service.engine, fetch=lambda url, deadline: b"x", measure=lambda photo: Size(500, 500)
    )
    with monkeypatch.context() as while_busy, pytest.raises(Unavailable):
        while_busy.setattr(service.ledger, "settle", unavailable)
        first.run(message(job))
    assert service.ledger.balance("shop") == 36

    service.run(job, received=2)

    assert service.charged() == [1]
    assert service.ledger.balance("shop") == 39
    assert service.status(job)["credits_charged"] == 0.25


@pytest.mark.parametrize("changes", [{}, {"backdrop": Reference(url="https://a.example/")}])
def test_nothing_is_fetched_for_a_job_without_credits(service, changes):
    fetched = []
    job = service.create(photo_url="https://a.example/", **changes)
    service.ledger.expire("shop", 39)

    service.run(job, fetch=lambda url, deadline: fetched.append(url) or b"photo")

    assert service.status(job)["error"]["code"] == "insufficient_credits"
    assert fetched == []
    assert service.ledger.balance("shop") == 1


@pytest.mark.parametrize(
    ("size", "max_pixels", "held", "charged"),
    [
        (Size(1000, 1000), 25_000_000, 4, 4),
        (Size(500, 500), 25_000_000, 4, 1),
        (Size(1000, 1000), 250_000, 1, 1),
    ],
)
def test_the_highest_price_is_held_while_a_photo_is_fetched(
    service, size, max_pixels, held, charged
):
    balances = []

    def fetch(url, deadline):
        balances.append(service.ledger.balance("shop"))
        return b"photo"

    job = service.create(photo_url="https://a.example/", max_pixels=max_pixels)
    service.run(job, fetch=fetch, measure=lambda photo: size)

    assert balances == [40 - held]
    assert service.charged() == [charged]
    assert service.ledger.balance("shop") == 40 - charged
    assert service.status(job)["credits_charged"] == charged / 4


def test_a_job_of_a_test_key_is_free_and_has_a_watermark(service):
    marked = []

    class Seeing(StubEngine):
        def remove_background(self, photo, options, deadline):
            marked.append(options.watermark)
            return super().remove_background(photo, options, deadline)

    job = service.create(caller=replace(service.caller, is_test=True))
    service.run(job, Seeing())

    assert marked == [True]
    assert service.status(job)["credits_charged"] == 0
    assert service.charged() == []


def test_a_job_without_an_account_is_free_and_readable_without_one(service):
    job = service.jobs.create(job_request(None), {"photo": b"photo"}, "")

    service.run(job)

    assert service.jobs.find("", job.id).state == "done"
    with pytest.raises(JobNotFound):
        service.jobs.find("shop", job.id)


def test_a_cancelled_job_is_not_run_and_its_pictures_are_deleted(service):
    job = service.create(webhook_url=HOOK)

    for _ in range(2):
        service.jobs.delete("shop", job.id)
    service.run(job)

    assert service.status(job) == {
        "job_id": job.id, "status": "cancelled", "created_at": job.created_at,
    }  # fmt: skip
    assert service.engine.photos == []
    assert service.files(job) == []
    assert service.webhooks.receive() == []


def test_a_job_cancelled_while_it_runs_leaves_no_result_and_no_charge(service):
    job = service.create(webhook_url=HOOK)

    class Cancelling(StubEngine):
        def remove_background(self, photo, options, deadline):
            service.jobs.delete("shop", job.id)
            return super().remove_background(photo, options, deadline)

    service.run(job, Cancelling())

    assert service.status(job)["status"] == "cancelled"
    assert service.files(job) == []
    assert service.ledger.balance("shop") == 40
    assert service.webhooks.receive() == []


def test_a_job_cancelled_just_before_its_lease_stays_cancelled(service):
    job = service.create()

    def cancel():
        service.jobs.delete("shop", job.id)

    service.on(table=Overtaken(service.table, "write", cancel)).worker(service.engine).run(
        message(job)
    )

    assert service.status(job)["status"] == "cancelled"
    assert service.engine.photos == []


def test_a_job_cancelled_before_its_pictures_are_read_does_not_fail(service):
    job = service.create(webhook_url=HOOK)

    def cancel():
        service.jobs.delete("shop", job.id)

    service.on(bucket=Overtaken(service.bucket, "get", cancel)).worker(service.engine).run(
        message(job)
    )

    assert service.status(job)["status"] == "cancelled"
    assert service.webhooks.receive() == []


def test_a_job_whose_pictures_are_gone_fails(service):
    job = service.create()
    service.bucket.delete([f"jobs/{job.id}/photo"])

    service.run(job)

    assert service.status(job)["error"]["code"] == "upload_gone"
    assert service.ledger.balance("shop") == 40


def test_a_result_stored_after_the_deletion_is_deleted(service):
    job = service.create()

    class Slow(StubEngine):
        def remove_background(self, photo, options, deadline):
            service.clock.now += LEASE_S
            service.run(job)
            service.jobs.delete("shop", job.id)
            return super().remove_background(photo, options, deadline)

    service.run(job, Slow())

    assert service.status(job)["status"] == "done"
    assert service.files(job) == []


def test_the_worker_fetches_a_photo_by_url(service):
    fetched = []

    def fetch(url, deadline):
        fetched.append(url)
        return b"photo"

    url = "https://shop.example/a.jpg"
    job = service.create(photo_url=url)
    service.run(job, fetch=fetch)

    assert fetched == [url]
    assert service.engine.photos == [b"photo"]


@pytest.mark.parametrize(("deadline_s", "seconds"), [(54, 54), (0, inf)])
def test_one_deadline_covers_download_and_cutout(service, deadline_s, seconds):
    deadlines = []

    def fetch(url, deadline):
        deadlines.append(deadline)
        return b"photo"

    class Seeing(StubEngine):
        def remove_background(self, photo, options, deadline):
            deadlines.append(deadline)
            return super().remove_background(photo, options, deadline)

    url = "https://a.example/"
    job = service.create(photo_url=url, backdrop=Reference(url=url))

    service.run(job, Seeing(), fetch=fetch, deadline_s=deadline_s)

    photo, backdrop, engine = deadlines
    assert photo == backdrop == engine
    assert photo.seconds == seconds
    assert 0 < photo.left() <= seconds


def test_a_url_without_a_picture_fails_the_job(service):
    def fetch(url, deadline):
        raise ImageDownloadFailed("the host answered with HTTP status 404")

    job = service.create(photo_url="https://a.example/")
    service.run(job, fetch=fetch)

    assert service.status(job)["error"]["code"] == "failed_image_download"
    assert service.ledger.balance("shop") == 40
