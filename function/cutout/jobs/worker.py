"""Runs queued jobs. Safe with any number of workers: each job finishes once and is charged once.

A worker puts the result into the bucket, records it in the table, settles the charge and marks the
job as done. If it dies, the next worker continues after the last of these steps.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from math import inf

from cutout.credits.ledger import Ledger, Receipt
from cutout.credits.meter import highest_price, price
from cutout.credits.reservations import Purchase
from cutout.deadline import Deadline
from cutout.errors import (
    TRANSIENT,
    CutoutError,
    InternalError,
    Unavailable,
    UploadGone,
    of_a_background,
)
from cutout.options.record import Options
from cutout.picture import Result, Size
from cutout.ports import Bucket, Clock, ConditionFailed, FileMissing, Table

from .backlog import end_writes
from .job import (
    Job,
    done_write,
    error_details,
    failed_write,
    lease_write,
    load,
    notified_write,
    outcome,
    outcome_write,
    picture_name,
    requeue_write,
    result_name,
    webhook_id,
)
from .submit import delete_files

LEASE_S = 90  # longer than the function's timeout, shorter than the queue's visibility timeout
RECEIVES = 5  # from this delivery on the job fails: it may have ended the workers before


class Busy(Exception):
    """Another worker holds the job; str(error) is its id."""


@dataclass
class Worker:
    """Runs jobs by the messages of their queue."""

    table: Table
    bucket: Bucket
    ledger: Ledger
    clock: Clock
    new_id: Callable[[], str]
    measure: Callable[[bytes], Size]
    fetch: Callable[[str, Deadline], bytes]
    remove_background: Callable[[bytes, Options, Deadline], Result]
    notify: Callable[[str, str], None]  # takes the webhook's message and its account
    record: Callable[[Result], None]
    report_bug: Callable[[str, Exception], None]  # takes the job's id and the bug
    deadline_s: int = 0  # for each job; 0 for no limit
    lease_s: int = LEASE_S
    receives: int = RECEIVES

    def run(self, message: str, received: int = 1) -> None:
        """Run the job of a queue message. received counts the deliveries of the message from 1.

        Raises Busy, and transient errors; the message then has to be delivered again. An error of
        the job itself is not raised: it is the job's outcome, and so is a bug, which the next
        delivery would only repeat.
        """
        job = self._lease(json.loads(message)["job_id"])
        if job and not job.is_over:
            job = self._finish(job, is_last=received >= self.receives)
        if job:
            self._finalize(job)

    def _lease(self, job_id: str) -> Job | None:
        """Lease the job, unless it has ended; None if it has expired. Raises Busy."""
        holder = self.new_id()
        while True:
            now = self.clock()
            job = load(self.table, job_id, now)
            if not job or job.is_over or job.holder == holder:
                return job
            if job.lease_ends_at > now:
                raise Busy(job_id)
            with suppress(ConditionFailed):  # changed by others, so that it is loaded again
                self.table.write(lease_write(job, holder, int(now) + self.lease_s))

    def _finish(self, job: Job, is_last: bool) -> Job:
        try:
            if is_last and not job.outcome:
                return self._fail(job, _given_up(self.receives - 1))
            job, result = self._make_result(job)
            self.table.write(done_write(job), *end_writes(job, not job.request.is_free))
        except ConditionFailed:  # the lease is lost
            return self._reload(job)
        except TRANSIENT:
            with suppress(ConditionFailed, Unavailable):  # the lease ends in any case
                self.table.write(requeue_write(job))
            raise
        except CutoutError as error:
            return self._fail(job, error)
        except Exception as error:  # noqa: BLE001 (a bug, which ends its job and is reported)
            self.report_bug(job.id, error)
            return self._fail(job, InternalError())
        if result:
            self.record(result)
        return replace(job, state="done")

    def _make_result(self, job: Job) -> tuple[Job, Result | None]:
        """Make, store and charge the result; None if an earlier worker has stored it.

        Returns the job with the result's outcome. Raises ConditionFailed if the lease is lost.
        """
        if job.request.problem:
            raise job.request.problem
        if job.outcome:
            quarters = job.outcome["quarters"]
            with self._charged(job, quarters) as receipt:
                receipt.quarters_due = min(receipt.quarters_due, quarters)
                return job, None
        deadline = Deadline.after(self.deadline_s or inf)
        stored = {name: self._load_picture(job, name) for name in job.request.stored()}
        # Of a photo that is fetched the size is not known yet: the highest price is reserved.
        highest = self._quarters(job, stored.get("photo"))
        with self._charged(job, highest) as receipt:
            pictures = stored | self._fetch_pictures(job, deadline)
            photo = pictures.pop("photo")
            quarters = self._quarters(job, photo)
            receipt.quarters_due = min(receipt.quarters_due, quarters)
            options = replace(job.request.options, watermark=job.request.is_test)
            result = self.remove_background(photo, options.with_pictures(pictures), deadline)
            name = result_name(job.id, result.media_type)
            self.bucket.put(name, result.data, result.media_type)
            job = replace(job, outcome=outcome(result, quarters))
            self.table.write(outcome_write(job))
        return job, result

    def _fetch_pictures(self, job: Job, deadline: Deadline) -> dict[str, bytes]:
        return {
            name: self._fetch_picture(name, picture.url, deadline)
            for name, picture in job.request.pictures().items()
            if picture.url
        }

    def _fetch_picture(self, name: str, url: str, deadline: Deadline) -> bytes:
        with of_a_background() if name == "backdrop" else nullcontext():
            return self.fetch(url, deadline)

    def _load_picture(self, job: Job, picture: str) -> bytes:
        try:
            return self.bucket.get(picture_name(job.id, picture)).data
        except FileMissing:
            raise UploadGone("the job's pictures have been deleted") from None

    def _quarters(self, job: Job, photo: bytes | None) -> int:
        """Return the price, or the highest one for a photo that is not there yet."""
        if job.request.is_free:
            return 0
        options = job.request.options
        return highest_price(options) if photo is None else price(self.measure(photo), options)

    @contextmanager
    def _charged(self, job: Job, quarters: int) -> Iterator[Receipt]:
        """Charge the account for the job when the block succeeds, at most once for the job's id.

        The quarters are reserved before the block; fewer are charged if it lowers the receipt's
        quarters_due.
        """
        account, key_id = job.request.account, job.request.key_id
        if not quarters:
            yield Receipt()
            return
        purchase = Purchase(account, key_id, job.id, job.id, quarters)
        with self.ledger.charge_on_success(purchase) as receipt:
            yield receipt

    def _fail(self, job: Job, error: CutoutError) -> Job:
        failed = replace(job, state="failed", error=error_details(error))
        try:
            ended = end_writes(job, is_webhook_paid=False)
            self.table.write(failed_write(job, failed.error), *ended)
        except ConditionFailed:  # cancelled, or finished by another worker
            return self._reload(job)
        return failed

    def _reload(self, job: Job) -> Job:
        """Return the job as it has ended. Raises Busy if another worker runs it."""
        current = load(self.table, job.id, self.clock()) or job
        if not current.is_over:
            raise Busy(job.id)
        return current

    def _finalize(self, job: Job) -> None:
        """Queue the webhook of a job that has ended and delete its pictures; safe to repeat."""
        if job.request.webhook_url and not job.is_notified and job.state != "cancelled":
            self.notify(_webhook(job), job.request.account)
            with suppress(ConditionFailed):
                self.table.write(notified_write(job))
        if job.has_result:
            self.bucket.delete(picture_name(job.id, each) for each in job.request.stored())
        else:
            delete_files(self.bucket, job.id)  # including a result stored after the deletion


def _given_up(times: int) -> CutoutError:
    return Unavailable(f"{times} attempts at this job have failed; send it as a new job")


def _webhook(job: Job) -> str:
    request = job.request
    webhook = {"id": webhook_id(job.id), "account": request.account, "url": request.webhook_url}
    return json.dumps(webhook | {"payload": job.status()})
