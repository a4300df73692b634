"""Jobs with workers that die, queues that deliver twice and owners who delete, in sequences that
hypothesis makes up: each job ends once, is charged once and leaves what it should."""

import json
from contextlib import suppress
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
)

from cutout.credits.ledger import ABANDONED_AFTER_S
from cutout.credits.reservations import Purchase
from cutout.errors import IdempotencyKeyReused, JobNotFound, Unavailable, UnknownForeground
from cutout.jobs.job import FINAL
from cutout.jobs.retention import JOB_S
from cutout.jobs.worker import LEASE_S, RECEIVES, Busy
from tests.credit_services import StubEngine
from tests.job_services import message
from tests.jobs.conftest import JobService
from tests.jobs.test_worker import BusyOnce, Death, DyingTable
from tests.memory import Clock, MemoryTable

HOOK = "https://shop.example/hook"
FEW = 2  # jobs, so that much happens to each
GRANTED = 40_000  # quarters: no job fails for want of credits
PHOTOS = st.sampled_from([b"subject", b"subject too", b"nothing"])
SECONDS = st.sampled_from([1, LEASE_S + 1, ABANDONED_AFTER_S + 1, JOB_S / 2])
# Where a worker dies or meets a busy table: before or after its nth write, or never.
WRITES = st.integers(0, 8)


class Engine(StubEngine):
    """Finds no subject in one photo. `meanwhile` is called before it has finished."""

    def __init__(self, meanwhile=lambda: None):
        super().__init__()
        self._meanwhile = meanwhile

    def remove_background(self, photo, options, deadline):
        self._meanwhile()
        if photo == b"nothing":
            raise UnknownForeground("nothing stands out")
        return super().remove_background(photo, options, deadline)


@dataclass
class Known:
    """The state that a job should have after the calls so far."""

    photo: bytes
    webhook_url: str
    created_at: float
    deliveries: int = 0
    state: str = "queued"  # as last seen
    is_deleted: bool = False


class JobStates(RuleBasedStateMachine):
    jobs = Bundle("jobs")

    def __init__(self):
        super().__init__()
        self.clock = Clock()
        self.service = JobService(self.clock, MemoryTable())
        self.service.ledger.grant("shop", GRANTED - 40)
        self.engine = Engine()
        self.known, self.keys = {}, {}
        self.hooks = {}  # the statuses that webhooks have had, by job

    @precondition(lambda self: len(self.known) < FEW)
    @rule(
        target=jobs, photo=PHOTOS, key=st.sampled_from(["", "k1", "k2"]),
        webhook_url=st.sampled_from(["", HOOK]),
    )  # fmt: skip
    def create(self, photo, key, webhook_url):
        used = self.keys.get(key)
        if used and self.clock() < used.created_at + JOB_S:
            if (used.photo, used.webhook_url) != (photo, webhook_url):
                with pytest.raises(IdempotencyKeyReused):
                    self.service.create(photo, key, webhook_url=webhook_url)
                return multiple()
            job = self.service.create(photo, key, webhook_url=webhook_url)
            assert self.known[job.id] is used
            return job
        job = self.service.create(photo, key, webhook_url=webhook_url)
        assert job.id not in self.known
        self.known[job.id] = known = Known(photo, webhook_url, self.clock())
        if key:
            self.keys[key] = known
        return job

    @rule(job=jobs)
    def deliver(self, job):
        """The queue delivers the job's message, which it may have done before."""
        if self._is_leased(job):  # by a worker that has died
            with pytest.raises(Busy):
                self.service.job_services.worker(self.engine).run(message(job))
        else:
            self._run(job, self.service.job_services)

    @rule(job=jobs)
    def deliver_while_its_owner_deletes_it(self, job):
        engine = Engine(meanwhile=lambda: self.delete(job))
        self._run(job, self.service.job_services, engine)

    @rule(job=jobs, n=WRITES, is_done=st.booleans())
    def deliver_to_a_worker_that_dies(self, job, n, is_done):
        self._run(job, self.service.on(table=DyingTable(self.service.table, n, is_done)))

    @rule(job=jobs, n=WRITES, method=st.sampled_from(["get", "write"]))
    def deliver_while_the_table_is_busy(self, job, n, method):
        self._run(job, self.service.on(table=BusyOnce(self.service.table, method, n)))

    @rule(job=jobs)
    def delete(self, job):
        if self._is_past(job):
            with pytest.raises(JobNotFound):
                self.service.jobs.delete("shop", job.id)
        else:
            self.service.jobs.delete("shop", job.id)
            self.known[job.id].is_deleted = True
            self.a_job_ends_once()

    @rule()
    def sweep(self):
        self.service.ledger.sweep()

    @rule(seconds=SECONDS)
    def wait(self, seconds):
        self.clock.now += seconds

    @invariant()
    def a_job_ends_once(self):
        for job_id, known in self.known.items():
            if self.clock() < known.created_at + JOB_S:
                state = self.service.jobs.find("shop", job_id).state
                assert state == known.state or known.state not in FINAL, (known, state)
                known.state = state

    @invariant()
    def a_job_is_charged_at_most_once(self):
        assert set(self.service.charged()) <= {4}
        assert len(self.service.charged()) == sum(map(self._is_paid, self.known))

    def teardown(self):
        """When the queue has delivered each message until its job has ended, all is in order."""
        self.clock.now += max(LEASE_S, ABANDONED_AFTER_S) + 1
        self.service.ledger.sweep()
        for job_id, known in self.known.items():
            if self.clock() < known.created_at + JOB_S:
                self.service.job_services.worker(self.engine).run(json.dumps({"job_id": job_id}))
                self._check_end(job_id, known)
        self._take_webhooks()
        self.a_job_is_charged_at_most_once()
        balance = self.service.ledger.balance("shop")
        assert balance == GRANTED - sum(self.service.charged())

    def _run(self, job, services, engine=None):
        known = self.known[job.id]
        known.deliveries += 1
        with suppress(Busy, Unavailable, Death):
            services.worker(engine or self.engine).run(message(job), known.deliveries)
        self._take_webhooks()

    def _take_webhooks(self):
        for hook in map(json.loads, self.service.webhooks.receive()):
            data = hook["payload"]["data"]
            statuses = self.hooks.setdefault(data["job_id"], set())
            statuses.add(data["status"])
            assert len(statuses) == 1

    def _check_end(self, job_id, known):
        job = self.service.jobs.find("shop", job_id)
        assert job.is_over
        given_up = job.error.get("code") == "unavailable" and known.deliveries >= RECEIVES
        if job.state == "done":
            assert known.photo != b"nothing"
        if job.state == "failed":
            assert given_up or known.photo == b"nothing", job.error
        if job.state == "cancelled":
            assert known.is_deleted
        else:
            assert self._is_paid(job_id) == (job.state == "done")
        files = [file.name for file in self.service.bucket.files(f"jobs/{job_id}/")]
        assert len(files) == (job.state == "done" and not known.is_deleted), files
        self._take_webhooks()
        is_notified = bool(known.webhook_url) and job.state != "cancelled"
        assert self.hooks.get(job_id, set()) == ({job.state} if is_notified else set())

    def _is_paid(self, job_id):
        purchase = Purchase("shop", "", job_id, job_id, 4)
        item = self.service.table.get(purchase.key)
        return bool(item and item["state"] == "settled")

    def _is_leased(self, job):
        if self._is_past(job):
            return False
        found = self.service.jobs.find("shop", job.id)
        return found.state == "running" and found.lease_ends_at > self.clock()

    def _is_past(self, job):
        return self.known[job.id].created_at + JOB_S <= self.clock()


test_any_sequence_of_calls = JobStates.TestCase
test_any_sequence_of_calls.settings = settings(max_examples=2 * settings.default.max_examples)
