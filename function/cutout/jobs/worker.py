"""What is done at a job, by as many workers as one likes: each job ends once and is paid once.

The result is put into the bucket, that is written down, it is paid, and then the job has ended.
Wherever a worker dies, the next one goes on from there.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from math import inf

from cutout.credits.ledger import Ledger
from cutout.credits.meter import price
from cutout.credits.reservations import Purchase
from cutout.deadline import Deadline
from cutout.errors import TRANSIENT, CutoutError, Unavailable, UploadGone, of_a_background
from cutout.options.record import Options
from cutout.picture import Result, Size
from cutout.ports import Bucket, Clock, ConditionFailed, FileMissing, Table, Write

from .job import (
    Job,
    done,
    failed,
    given_back,
    held,
    notified,
    outcome,
    picture_name,
    read,
    result_name,
    webhook_id,
    with_outcome,
)
from .submit import empty

LEASE_S = 90  # more than the function's Timeout, and less than its queue hides a message
RECEIVES = 5  # of a message; from the last on it is not for work: what ended four may end it, too


class Busy(Exception):
    """Another works at it."""


class Worker:
    def __init__(
        self,
        table: Table,
        bucket: Bucket,
        ledger: Ledger,
        clock: Clock,
        new_id: Callable[[], str],
        measure: Callable[[bytes], Size],
        fetch: Callable[[str, Deadline], bytes],
        remove_background: Callable[[bytes, Options, Deadline], Result],
        notify: Callable[[str], None],
        record: Callable[[Result], None],
        deadline_s: int = 0,
        lease_s: int = LEASE_S,
        receives: int = RECEIVES,
    ) -> None:
        self._table = table
        self._bucket = bucket
        self._ledger = ledger
        self._clock = clock
        self._new_id = new_id
        self._measure = measure
        self._fetch = fetch
        self._remove_background = remove_background
        self._notify = notify
        self._record = record
        self._deadline_s = deadline_s
        self._lease_s = lease_s
        self._receives = receives

    def run(self, message: str, received: int = 1) -> None:
        """received counts how often the message was. What is raised, its next delivery makes good;
        a job that has failed is no error."""
        job = self._hold(json.loads(message)["job_id"])
        if job and not job.is_over:
            job = self._end(job, is_last=received >= self._receives)
        if job:
            self._see_off(job)

    def _hold(self, job_id: str) -> Job | None:
        """As it is where it has ended, and None where it is forgotten."""
        holder = self._new_id()
        while True:
            now = self._clock()
            job = read(self._table, job_id, now)
            if not job or job.is_over or job.holder == holder:
                return job
            if job.until > now:
                raise Busy(job_id)
            with suppress(ConditionFailed):  # and look again
                self._table.write(held(job, holder, int(now) + self._lease_s))

    def _end(self, job: Job, is_last: bool) -> Job:
        try:
            if is_last and not job.outcome:
                return self._ended(job, failed(job, _given_up(self._receives - 1)))
            self._work(job)
            return self._ended(job, done(job))
        except ConditionFailed:
            return self._now(job)
        except TRANSIENT:
            with suppress(ConditionFailed, Unavailable):  # its lease ends in any case
                self._table.write(given_back(job))
            raise
        except CutoutError as error:
            return self._ended(job, failed(job, error))

    def _work(self, job: Job) -> None:
        """Until the result is there and paid. Refused is that it is not this worker's any more."""
        if job.outcome:
            with self._paid(job, job.outcome["quarters"]):
                return
        deadline = Deadline.after(self._deadline_s or inf)
        photo, options = self._pictures(job, deadline)
        quarters = self._quarters(job, photo, options)
        with self._paid(job, quarters):
            result = self._remove_background(photo, options, deadline)
            name = result_name(job.id, result.media_type)
            self._bucket.put(name, result.data, result.media_type)
            self._table.write(with_outcome(job, outcome(result, quarters)))
        self._record(result)

    def _pictures(self, job: Job, deadline: Deadline) -> tuple[bytes, Options]:
        options = replace(job.request.options, watermark=job.request.is_test)
        stored = {name: self._stored(job, name) for name in job.request.stored()}
        fetched = {
            name: self._fetched(name, picture.url, deadline)
            for name, picture in job.request.pictures().items()
            if picture.url
        }
        pictures = stored | fetched
        return pictures.pop("photo"), options.with_pictures(pictures)

    def _fetched(self, name: str, url: str, deadline: Deadline) -> bytes:
        with of_a_background() if name == "backdrop" else nullcontext():
            return self._fetch(url, deadline)

    def _stored(self, job: Job, picture: str) -> bytes:
        try:
            return self._bucket.get(picture_name(job.id, picture)).data
        except FileMissing:
            raise UploadGone("the job's pictures have been deleted") from None

    def _quarters(self, job: Job, photo: bytes, options: Options) -> int:
        is_free = job.request.is_test or not job.request.account
        return 0 if is_free else price(self._measure(photo), options)

    @contextmanager
    def _paid(self, job: Job, quarters: int) -> Iterator[None]:
        """Under the job's own name, so that it is paid once, whoever comes to it."""
        account, key_id = job.request.account, job.request.key_id
        if not account or not quarters:
            yield
            return
        purchase = Purchase(account, key_id, job.id, job.id, quarters)
        with self._ledger.charge_on_success(purchase):
            yield

    def _ended(self, job: Job, write: Write) -> Job:
        with suppress(ConditionFailed):  # cancelled, taken over, or finished by another delivery
            self._table.write(write)
        return self._now(job)

    def _now(self, job: Job) -> Job:
        found = read(self._table, job.id, self._clock()) or job
        if not found.is_over:
            raise Busy(job.id)
        return found

    def _see_off(self, job: Job) -> None:
        """What is due at a job that has ended, as often as its message comes."""
        if job.request.webhook_url and not job.is_notified and job.state != "cancelled":
            self._notify(_webhook(job))
            with suppress(ConditionFailed):
                self._table.write(notified(job))
        if job.has_result:
            self._bucket.delete(picture_name(job.id, each) for each in job.request.stored())
        else:
            empty(self._bucket, job.id)  # also of what was put there after its owner's word


def _given_up(times: int) -> CutoutError:
    return Unavailable(f"{times} times this job did not come to its end; send it as a new job")


def _webhook(job: Job) -> str:
    request = job.request
    told = {"id": webhook_id(job.id), "account": request.account, "url": request.webhook_url}
    return json.dumps(told | {"payload": job.status()})
