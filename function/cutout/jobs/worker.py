"""What is done at a job, by as many workers as one likes: each job ends once and is paid once.

The result is put into the bucket, that is written down, it is paid, and then the job has ended.
Wherever a worker dies, the next one goes on from there.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from math import inf

from cutout.contract import Options, Result, Size
from cutout.credits.charge import Claim
from cutout.credits.ledger import Ledger
from cutout.credits.meter import price
from cutout.credits.payment import paid
from cutout.deadline import Deadline
from cutout.errors import CutoutError, InvalidSetting, ModelsMissing, Unavailable, UploadGone
from cutout.options.call import of_the_backdrop
from cutout.ports.bucket import Bucket, Missing
from cutout.ports.clock import Clock
from cutout.ports.table import Refused, Table, Write

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
# These come and go, or are ours to mend. Any other error is the picture's, also that it takes too
# long: it would, each time.
TRIED_AGAIN = Unavailable, ModelsMissing, InvalidSetting


class Busy(Exception):
    """Another works at it."""


class Work:
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
            with suppress(Refused):  # and look again
                self._table.write(held(job, holder, int(now) + self._lease_s))

    def _end(self, job: Job, is_last: bool) -> Job:
        try:
            if is_last and not job.outcome:
                return self._ended(job, failed(job, _given_up(self._receives - 1)))
            self._work(job)
            return self._ended(job, done(job))
        except Refused:
            return self._now(job)
        except TRIED_AGAIN:
            with suppress(Refused, Unavailable):  # its lease ends in any case
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
        order = job.order
        options = replace(order.call.options(), watermark=order.is_test)
        there = {picture: self._stored(job, picture) for picture in order.pictures}
        if url := order.addresses.get("image_url"):
            there["photo"] = self._fetch(url, deadline)
        if url := order.addresses.get("bg_image_url"):
            with of_the_backdrop():
                there["backdrop"] = self._fetch(url, deadline)
        alpha, backdrop = there.get("alpha", b""), there.get("backdrop", b"")
        return there["photo"], replace(options, alpha=alpha, backdrop=backdrop)

    def _stored(self, job: Job, picture: str) -> bytes:
        try:
            return self._bucket.get(picture_name(job.id, picture)).data
        except Missing:
            raise UploadGone("the job's pictures have been deleted") from None

    def _quarters(self, job: Job, photo: bytes, options: Options) -> int:
        is_free = job.order.is_test or not job.order.caller
        return 0 if is_free else price(self._measure(photo), options)

    @contextmanager
    def _paid(self, job: Job, quarters: int) -> Iterator[None]:
        """Under the job's own name, so that it is paid once, whoever comes to it."""
        caller = job.order.caller
        if not caller or not quarters:
            yield
            return
        claim = Claim(caller.account, caller.key_id, job.id, request=job.id, quarters=quarters)
        with paid(self._ledger, claim):
            yield

    def _ended(self, job: Job, write: Write) -> Job:
        with suppress(Refused):  # it was cancelled, or taken over; or this is heard a second time
            self._table.write(write)
        return self._now(job)

    def _now(self, job: Job) -> Job:
        found = read(self._table, job.id, self._clock()) or job
        if not found.is_over:
            raise Busy(job.id)
        return found

    def _see_off(self, job: Job) -> None:
        """What is due at a job that has ended, as often as its message comes."""
        if job.order.webhook_url and not job.is_notified and job.state != "cancelled":
            self._notify(_webhook(job))
            with suppress(Refused):
                self._table.write(notified(job))
        if job.has_result:
            self._bucket.delete(picture_name(job.id, each) for each in job.order.pictures)
        else:
            empty(self._bucket, job.id)  # also of what was put there after its owner's word


def _given_up(times: int) -> CutoutError:
    return Unavailable(f"{times} times this job did not come to its end; send it as a new job")


def _webhook(job: Job) -> str:
    order = job.order
    told = {"id": webhook_id(job.id), "account": order.account, "url": order.webhook_url}
    return json.dumps(told | {"payload": job.status()})
