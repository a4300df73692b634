import json
from dataclasses import replace
from math import inf

import pytest

from cutout.credits.accounts import Accounts
from cutout.credits.ledger import ABANDONED_AFTER_S
from cutout.errors import (
    IdempotencyKeyReused,
    ImageDownloadFailed,
    InvalidParameter,
    JobNotFound,
    RateLimited,
    Unavailable,
    UnknownForeground,
    UnsupportedOption,
)
from cutout.jobs.request import STORED
from cutout.jobs.retention import JOB_S
from cutout.jobs.worker import LEASE_S, RECEIVES, Busy
from cutout.options.record import Reference
from tests import memory
from tests.credit_services import StubEngine
from tests.memory import MemoryBucket, MemoryQueue
from tests.workshop import Workshop, asked, message

HOOK = "https://shop.example/hook"


class Failing(StubEngine):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def remove_background(self, photo, options, deadline):
        super().remove_background(photo, options, deadline)
        raise self.error


class Overtaken:
    """A store at whose first call of one kind another is a moment earlier."""

    def __init__(self, store, method, other):
        self._store = store
        self._method = method
        self._others = [other]

    def __getattr__(self, name):
        return self._call if name == self._method else getattr(self._store, name)

    def _call(self, *given):
        while self._others:
            self._others.pop()()
        return getattr(self._store, self._method)(*given)


class Shop:
    """An account with ten credits, and a queue of jobs."""

    def __init__(self, clock, table):
        self.clock = clock
        self.table = table
        self.bucket = MemoryBucket(clock)
        self.queue, self.webhooks = MemoryQueue(), MemoryQueue()
        self.workshop = Workshop(table, self.bucket, self.queue, self.webhooks, clock)
        self.jobs, self.ledger = self.workshop.jobs, self.workshop.ledger
        accounts = Accounts(table, clock, memory.digits())
        self.caller = accounts.authenticate(accounts.create_key("shop"))
        self.ledger.grant("shop", 40)
        self.engine = StubEngine()

    def create(self, photo=b"photo", key="", caller=None, **changes):
        pictures = {} if "photo_url" in changes else {"photo": photo}
        caller = caller or self.caller
        return self.jobs.create(caller, asked(caller, **changes), pictures, key)

    def work(self, job, engine=None, received=1, **changes):
        self.workshop.worker(engine or self.engine, **changes).run(message(job), received)

    def on(self, **stores):
        """The same with other stores."""
        given = {"table": self.table, "bucket": self.bucket} | stores
        return Workshop(**given, queue=self.queue, webhooks=self.webhooks, clock=self.clock)

    def status(self, job):
        return self.jobs.find("shop", job.id).status()["data"]

    def files(self, job):
        return [file.name.rpartition("/")[2] for file in self.bucket.files(f"jobs/{job.id}/")]

    def charged(self):
        return [entry.charged for entry in self.ledger.entries("shop") if entry.kind == "settle"]


@pytest.fixture
def shop(clock, table):
    return Shop(clock, table)


def test_a_job_is_queued_and_worked_at_and_paid(shop):
    job = shop.create()
    assert shop.queue.receive() == [message(job)]
    assert shop.status(job)["status"] == "queued"

    shop.work(job)

    told = shop.status(job)
    assert told["status"] == "done"
    assert (told["width"], told["height"], told["foreground_width"]) == (1, 1, 1)
    assert (told["model"], told["confidence"], told["credits_charged"]) == ("red", 0.9, 1)
    assert shop.bucket.get(f"jobs/{job.id}/result.png").data == b"cutout"
    assert shop.jobs.result_url(shop.jobs.find("shop", job.id)).endswith("result.png")
    assert shop.charged() == [4]


def test_a_message_that_comes_twice_gives_one_result_and_one_charge(shop):
    job = shop.create(webhook_url=HOOK)

    for _ in range(3):
        shop.work(job)

    assert shop.engine.photos == [b"photo"]
    assert shop.charged() == [4]
    assert len(shop.webhooks.receive()) == 1


def test_when_it_is_done_its_result_is_all_that_is_kept(shop):
    request = asked(shop.caller, backdrop=STORED, mask=STORED)
    job = shop.jobs.create(shop.caller, request, dict.fromkeys(request.stored(), b"picture"), "")

    shop.work(job)

    assert shop.files(job) == ["result.png"]


@pytest.mark.parametrize("received", [1, RECEIVES])
def test_when_it_has_failed_nothing_is_kept(shop, received):
    job = shop.create()

    shop.work(job, Failing(UnknownForeground("nothing stands out")), received)

    assert shop.status(job)["status"] == "failed"
    assert shop.files(job) == []


def test_what_its_pictures_were_is_deleted_once_the_bucket_has_time(shop):
    job = shop.create(webhook_url=HOOK)
    there = shop.on(bucket=BusyOnce(shop.bucket, "delete"))
    with pytest.raises(Unavailable):
        there.worker(shop.engine).run(message(job))
    assert len(shop.webhooks.receive()) == 1  # who waits for it does not wait for that

    shop.work(job, received=2)

    assert shop.files(job) == ["result.png"]
    assert shop.webhooks.receive() == []


def test_while_one_works_at_it_another_is_told_that_it_is_busy(shop):
    job = shop.create()

    class Second(StubEngine):
        def remove_background(self, photo, options, deadline):
            with pytest.raises(Busy):
                shop.work(job)
            return super().remove_background(photo, options, deadline)

    shop.work(job, Second())

    assert shop.status(job)["status"] == "done"
    assert shop.charged() == [4]


def test_who_takes_too_long_is_overtaken_and_neither_charged_nor_heard_twice(shop):
    job = shop.create(webhook_url=HOOK)

    class Slow(StubEngine):
        def remove_background(self, photo, options, deadline):
            shop.clock.now += LEASE_S
            shop.work(job)
            return super().remove_background(photo, options, deadline)

    shop.work(job, Slow())

    assert shop.status(job)["status"] == "done"
    assert shop.charged() == [4]
    assert len(shop.webhooks.receive()) == 1
    assert shop.files(job) == ["result.png"]


def test_who_is_overtaken_by_one_that_still_works_leaves_the_message_to_it(shop):
    job = shop.create()

    class Slow(StubEngine):
        def remove_background(self, photo, options, deadline):
            shop.clock.now += LEASE_S
            shop.workshop.worker(self)._lease(job.id)
            return super().remove_background(photo, options, deadline)

    with pytest.raises(Busy):
        shop.work(job, Slow())

    assert shop.charged() == []


def test_of_two_who_relieve_a_dead_worker_at_once_one_does_it(shop):
    job = shop.create()
    hold = shop.workshop.worker(shop.engine)._lease
    hold(job.id)
    shop.clock.now += LEASE_S
    there = shop.on(table=Overtaken(shop.table, "write", lambda: hold(job.id)))

    with pytest.raises(Busy):
        there.worker(shop.engine).run(message(job))

    assert shop.engine.photos == []


def test_a_picture_that_cannot_be_cut_out_fails_its_job_and_costs_nothing(shop):
    job = shop.create(webhook_url=HOOK)

    shop.work(job, Failing(UnknownForeground("nothing stands out")))

    assert shop.status(job)["error"] == {
        "code": "unknown_foreground",
        "title": "No subject found",
        "detail": "nothing stands out",
    }
    assert shop.ledger.balance("shop") == 40
    (hook,) = shop.webhooks.receive()
    assert json.loads(hook)["payload"]["data"]["status"] == "failed"


def test_a_picture_that_takes_too_long_fails_its_job_at_once_and_says_what_helps(shop):
    def too_late(photo, options, deadline):
        raise deadline.exceeded()

    job = shop.create()

    shop.work(job, remove_background=too_late, deadline_s=54)

    assert shop.status(job)["error"] == {
        "code": "timeout",
        "title": "The picture took too long",
        "detail": "the picture took longer than the 54 s allowed; send a smaller one",
    }
    assert shop.ledger.balance("shop") == 40


@pytest.mark.parametrize("error", [Unavailable("down"), ZeroDivisionError()])
def test_what_is_not_the_pictures_fault_is_tried_again(shop, error):
    job = shop.create()

    with pytest.raises(type(error)):
        shop.work(job, Failing(error))

    assert shop.ledger.balance("shop") == 40
    shop.clock.now += LEASE_S
    shop.work(job, received=2)
    assert shop.status(job)["status"] == "done"
    assert shop.charged() == [4]


def test_trouble_that_passes_is_not_waited_for(shop):
    job = shop.create()
    with pytest.raises(Unavailable):
        shop.work(job, Failing(Unavailable("down")))

    assert shop.status(job)["status"] == "queued"
    shop.work(job)

    assert shop.status(job)["status"] == "done"


def test_at_the_last_delivery_it_is_given_up_and_not_worked_at(shop):
    job = shop.create(webhook_url=HOOK)

    shop.work(job, received=RECEIVES)

    told = shop.status(job)
    assert (told["status"], told["error"]["code"]) == ("failed", "unavailable")
    assert told["error"]["detail"].endswith("send it as a new job")
    assert shop.engine.photos == []
    assert shop.ledger.balance("shop") == 40
    assert len(shop.webhooks.receive()) == 1


def test_where_that_delivery_cannot_give_it_up_the_next_one_does(shop):
    job = shop.create(webhook_url=HOOK)
    shop.workshop.worker(shop.engine)._lease(job.id)
    with pytest.raises(Busy):
        shop.work(job, received=RECEIVES)
    shop.clock.now += LEASE_S

    shop.work(job, received=RECEIVES + 1)

    assert shop.status(job)["status"] == "failed"
    assert shop.engine.photos == []
    assert len(shop.webhooks.receive()) == 1


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
def test_wherever_a_worker_dies_the_next_makes_it_good(shop, n, is_done):
    """The writes are: held; reserved; the outcome; settled; done; notified."""
    job = shop.create(webhook_url=HOOK)
    there = shop.on(table=DyingTable(shop.table, n, is_done))
    try:
        there.worker(shop.engine).run(message(job))
        assert n >= 6
    except Death:
        assert n < 6
    shop.clock.now += ABANDONED_AFTER_S + 1
    shop.ledger.sweep()

    shop.work(job, received=2)

    assert shop.status(job)["status"] == "done"
    assert shop.status(job)["credits_charged"] == 1
    assert shop.charged() == [4]
    assert shop.ledger.balance("shop") == 36
    hooks = [json.loads(hook) for hook in shop.webhooks.receive()]
    assert {hook["id"] for hook in hooks} == {f"msg_{job.id}"}
    if n > 2:  # the outcome was there: nobody worked at it again
        assert len(shop.engine.photos) == 1


class BusyOnce:
    """A store that is too busy at the nth call of one kind, and else what it is."""

    def __init__(self, store, method, n=0):
        self._store = store
        self._method = method
        self._left = n

    def __getattr__(self, name):
        return self._call if name == self._method else getattr(self._store, name)

    def _call(self, *given):
        self._left -= 1
        if self._left == -1:
            raise Unavailable("too busy")
        return getattr(self._store, self._method)(*given)


@pytest.mark.parametrize(
    ("store", "method", "n"),
    [("table", "get", n) for n in range(3)]
    + [("table", "write", n) for n in range(6)]
    + [("bucket", "get", 0), ("bucket", "put", 0), ("bucket", "delete", 0)],
)
def test_a_store_that_is_too_busy_for_a_moment_costs_a_job_its_time_alone(shop, store, method, n):
    job = shop.create(webhook_url=HOOK)
    there = shop.on(**{store: BusyOnce(getattr(shop, store), method, n)})

    with pytest.raises(Unavailable):
        there.worker(shop.engine).run(message(job))
    shop.clock.now += LEASE_S
    shop.work(job, received=2)

    assert shop.status(job)["status"] == "done"
    assert shop.charged() == [4]
    assert shop.ledger.balance("shop") == 36
    hooks = [json.loads(hook) for hook in shop.webhooks.receive()]
    assert {hook["id"] for hook in hooks} == {f"msg_{job.id}"}


def test_a_result_that_was_paid_is_given_also_by_the_last_delivery(shop):
    job = shop.create()
    there = shop.on(table=DyingTable(shop.table, 3, True))
    with pytest.raises(Death):
        there.worker(shop.engine).run(message(job))
    shop.clock.now += LEASE_S

    shop.work(job, received=RECEIVES)

    assert shop.status(job)["status"] == "done"
    assert shop.charged() == [4]


def test_a_webhook_is_handed_over_until_it_is_taken(shop):
    job = shop.create(webhook_url=HOOK)

    def down(text):
        raise Unavailable("the queue is down")

    with pytest.raises(Unavailable):
        shop.work(job, notify=down)
    assert shop.status(job)["status"] == "done"
    shop.work(job, received=2)

    (hook,) = map(json.loads, shop.webhooks.receive())
    assert hook == {
        "id": f"msg_{job.id}",
        "account": "shop",
        "url": HOOK,
        "payload": shop.jobs.find("shop", job.id).status(),
    }
    assert "result_url" not in hook["payload"]["data"]


def test_without_credits_it_fails_and_nothing_is_worked_at(shop):
    shop.ledger.expire("shop", 40)
    job = shop.create()

    shop.work(job)

    assert shop.status(job)["error"]["code"] == "insufficient_credits"
    assert shop.engine.photos == []


def test_a_test_keys_job_is_free_and_marked(shop):
    marked = []

    class Seeing(StubEngine):
        def remove_background(self, photo, options, deadline):
            marked.append(options.watermark)
            return super().remove_background(photo, options, deadline)

    job = shop.create(caller=replace(shop.caller, is_test=True))
    shop.work(job, Seeing())

    assert marked == [True]
    assert shop.status(job)["credits_charged"] == 0
    assert shop.charged() == []


def test_where_nobody_is_asked_jobs_are_everybodys_and_free(shop):
    job = shop.jobs.create(None, asked(None), {"photo": b"photo"}, "")

    shop.work(job)

    assert shop.jobs.find("", job.id).state == "done"
    with pytest.raises(JobNotFound):
        shop.jobs.find("shop", job.id)


def test_a_cancelled_job_is_not_worked_at_and_its_pictures_are_gone(shop):
    job = shop.create(webhook_url=HOOK)

    for _ in range(2):
        shop.jobs.delete("shop", job.id)
    shop.work(job)

    assert shop.status(job) == {
        "job_id": job.id, "status": "cancelled", "created_at": job.created_at,
    }  # fmt: skip
    assert shop.engine.photos == []
    assert shop.files(job) == []
    assert shop.webhooks.receive() == []


def test_one_that_is_cancelled_in_work_gives_no_result_and_costs_nothing(shop):
    job = shop.create(webhook_url=HOOK)

    class Cancelling(StubEngine):
        def remove_background(self, photo, options, deadline):
            shop.jobs.delete("shop", job.id)
            return super().remove_background(photo, options, deadline)

    shop.work(job, Cancelling())

    assert shop.status(job)["status"] == "cancelled"
    assert shop.files(job) == []
    assert shop.ledger.balance("shop") == 40
    assert shop.webhooks.receive() == []


def test_one_that_is_cancelled_a_moment_before_its_worker_takes_it_stays_so(shop):
    job = shop.create()

    def cancel():
        shop.jobs.delete("shop", job.id)

    shop.on(table=Overtaken(shop.table, "write", cancel)).worker(shop.engine).run(message(job))

    assert shop.status(job)["status"] == "cancelled"
    assert shop.engine.photos == []


def test_one_that_is_cancelled_before_its_pictures_are_read_has_not_failed(shop):
    job = shop.create(webhook_url=HOOK)

    def cancel():
        shop.jobs.delete("shop", job.id)

    shop.on(bucket=Overtaken(shop.bucket, "get", cancel)).worker(shop.engine).run(message(job))

    assert shop.status(job)["status"] == "cancelled"
    assert shop.webhooks.receive() == []


def test_without_its_pictures_a_job_fails_and_says_so(shop):
    job = shop.create()
    shop.bucket.delete([f"jobs/{job.id}/photo"])

    shop.work(job)

    assert shop.status(job)["error"]["code"] == "upload_gone"
    assert shop.ledger.balance("shop") == 40


def test_what_is_put_there_after_its_owner_has_deleted_it_is_deleted_too(shop):
    job = shop.create()

    class Slow(StubEngine):
        def remove_background(self, photo, options, deadline):
            shop.clock.now += LEASE_S
            shop.work(job)
            shop.jobs.delete("shop", job.id)
            return super().remove_background(photo, options, deadline)

    shop.work(job, Slow())

    assert shop.status(job)["status"] == "done"
    assert shop.files(job) == []


def test_what_has_ended_loses_its_pictures_and_its_result(shop):
    job = shop.create()
    shop.work(job)

    shop.jobs.delete("shop", job.id)

    assert shop.files(job) == []
    found = shop.jobs.find("shop", job.id)
    assert found.state == "done" and not found.has_result


def test_a_delete_that_meets_the_end_of_the_work_takes_the_result_too(shop, monkeypatch):
    job = shop.create()
    write = shop.table.write

    def ended_before(*writes):
        monkeypatch.undo()
        shop.work(job)
        write(*writes)

    monkeypatch.setattr(shop.table, "write", ended_before)
    shop.jobs.delete("shop", job.id)

    assert shop.status(job)["status"] == "done"
    assert shop.files(job) == []


@pytest.mark.parametrize("owner", ["", "shed"])
def test_a_job_is_its_owners_alone(shop, owner):
    job = shop.create()

    for act in (shop.jobs.find, shop.jobs.delete):
        with pytest.raises(JobNotFound):
            act(owner, job.id)


def test_names_that_nobody_was_given_are_unknown(shop):
    for name in ("0" * 32, "", "../x", "x" * 1000):
        with pytest.raises(JobNotFound):
            shop.jobs.find("shop", name)


def test_after_a_day_it_is_forgotten(shop):
    job = shop.create()
    shop.clock.now += JOB_S

    with pytest.raises(JobNotFound):
        shop.jobs.find("shop", job.id)
    shop.work(job)
    assert shop.engine.photos == []


def test_the_same_idempotency_key_gives_the_same_job(shop):
    first = shop.create(key="a")
    again = shop.create(key="a")
    other = shop.create(key="b")

    assert again == first != other
    # The first message may have been lost, and another is none the worse.
    assert shop.queue.receive() == [message(first), message(first), message(other)]
    assert shop.files(again) == ["photo"]


def test_the_order_in_which_parameters_were_sent_makes_no_other_request(shop):
    first = shop.create(key="a", crop=True, format="webp")

    assert shop.create(key="a", format="webp", crop=True) == first


def test_one_that_has_ended_is_given_back_and_not_sent_again(shop):
    job = shop.create(key="a")
    shop.work(job)
    shop.queue.receive()

    assert shop.create(key="a").state == "done"
    assert shop.queue.receive() == []


@pytest.mark.parametrize(
    "changes",
    [{"photo": b"another"}, {"max_pixels": 250_000}, {"webhook_url": HOOK}, {"format": "webp"}],
    ids=str,
)
def test_with_another_request_it_is_refused(shop, changes):
    shop.create(key="a")

    with pytest.raises(IdempotencyKeyReused):
        shop.create(key="a", **changes)


def test_another_key_of_the_account_gets_the_same_job_and_another_account_its_own(shop):
    job = shop.create(key="a")

    assert shop.create(key="a", caller=replace(shop.caller, id="1")).id == job.id
    assert shop.create(key="a", caller=replace(shop.caller, account="shed")).id != job.id


def test_what_was_paid_and_what_is_a_test_have_no_idempotency_key_in_common(shop):
    shop.create(key="a")

    with pytest.raises(IdempotencyKeyReused):
        shop.create(key="a", caller=replace(shop.caller, is_test=True))


def test_of_two_with_one_key_at_once_both_get_the_first_ones_job(shop, monkeypatch):
    write = shop.table.write
    first = []

    def after_another(*writes):
        monkeypatch.undo()
        first.append(shop.create(key="a"))
        write(*writes)

    create = shop.jobs._store

    def begin(*given):
        monkeypatch.setattr(shop.table, "write", after_another)
        monkeypatch.setattr(shop.jobs, "_store", create)
        return create(*given)

    monkeypatch.setattr(shop.jobs, "_store", begin)
    second = shop.create(key="a")

    assert [second] == first
    assert len(list(shop.bucket.files("jobs/"))) == 1


def test_an_idempotency_key_is_good_again_after_a_day(shop):
    first = shop.create(key="a")
    shop.clock.now += JOB_S

    assert shop.create(b"another", key="a").id != first.id


def test_a_photo_is_fetched_by_its_worker(shop):
    fetched = []

    def fetch(url, deadline):
        fetched.append(url)
        return b"photo"

    url = "https://shop.example/a.jpg"
    job = shop.create(photo_url=url)
    shop.work(job, fetch=fetch)

    assert fetched == [url]
    assert shop.engine.photos == [b"photo"]


@pytest.mark.parametrize(("deadline_s", "seconds"), [(54, 54), (0, inf)])
def test_a_workers_time_is_for_fetching_and_cutting_out_together(shop, deadline_s, seconds):
    deadlines = []

    def fetch(url, deadline):
        deadlines.append(deadline)
        return b"photo"

    class Seeing(StubEngine):
        def remove_background(self, photo, options, deadline):
            deadlines.append(deadline)
            return super().remove_background(photo, options, deadline)

    url = "https://a.example/"
    job = shop.create(photo_url=url, backdrop=Reference(url=url))

    shop.work(job, Seeing(), fetch=fetch, deadline_s=deadline_s)

    photo, backdrop, engine = deadlines
    assert photo == backdrop == engine
    assert photo.seconds == seconds
    assert 0 < photo.left() <= seconds


def test_an_address_without_a_picture_fails_its_job(shop):
    def fetch(url, deadline):
        raise ImageDownloadFailed("the host answered with HTTP status 404")

    job = shop.create(photo_url="https://a.example/")
    shop.work(job, fetch=fetch)

    assert shop.status(job)["error"]["code"] == "failed_image_download"


def test_a_key_may_send_so_many_jobs_a_minute(shop):
    slow = replace(shop.caller, megapixels_per_minute=2)

    for _ in range(2):
        shop.create(caller=slow)
    with pytest.raises(RateLimited):
        shop.create(caller=slow)


def test_an_order_has_an_end(shop):
    with pytest.raises(InvalidParameter, match="16,384 characters"):
        shop.create(model="f" * 20_000)


def test_without_anyone_to_hand_webhooks_to_they_are_refused(shop):
    shop.jobs._notifies = False

    with pytest.raises(UnsupportedOption):
        shop.create(webhook_url=HOOK)


def test_a_job_is_read_as_it_was_written(shop):
    request = asked(shop.caller, HOOK, photo_url="https://a.example/", crop=True)

    job = shop.jobs.create(shop.caller, request, {}, "")

    assert job.request == request
