"""Jobs: pictures that are worked at after the answer, one by one, by whoever takes them."""

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from cutout.credits.rate import Rate
from cutout.errors import IdempotencyKeyReused, InvalidParameter, JobNotFound, UnsupportedOption
from cutout.ports.bucket import Bucket
from cutout.ports.clock import Clock, moment
from cutout.ports.queue import Queue
from cutout.ports.table import Key, Refused, Table, Value, When, Write

from . import webhooks
from .job import (
    KEPT_S,
    Job,
    Order,
    deleted,
    folder,
    picture_name,
    queued,
    read,
    result_name,
    webhook_id,
    written,
)
from .uploads import ID

LINK_S = 10 * 60
MOST_CHARACTERS = 16_384  # of an order: an item of DynamoDB has 400 kB


class Jobs:
    def __init__(
        self,
        table: Table,
        bucket: Bucket,
        queue: Queue,
        rate: Rate,
        clock: Clock,
        new_id: Callable[[], str],
        secret: str,
        notifies: bool,
    ) -> None:
        """secret keeps hashes of pictures from telling which they are; notifies, whether there is
        anyone to hand webhooks to."""
        self._table = table
        self._bucket = bucket
        self._queue = queue
        self._rate = rate
        self._clock = clock
        self._new_id = new_id
        self._secret = secret.encode()
        self._notifies = notifies

    def create(self, order: Order, pictures: Mapping[str, bytes], idempotency_key: str) -> Job:
        """With an Idempotency-Key, the job that there is by it already, if there is one."""
        self._check(order)
        if order.caller:
            self._rate.take_unseen(order.caller)  # for its worker sees it first
        if idempotency_key:
            job = self._named(order, pictures, idempotency_key)
        else:
            job = self._begin(self._new_id(), order, pictures)
        if not job.is_over:
            # Also for one that was there: it may be that nobody heard of it the first time.
            self._queue.send(json.dumps({"job_id": job.id}))
        return job

    def find(self, owner: str, job_id: str) -> Job:
        job = read(self._table, job_id, self._clock()) if ID.fullmatch(job_id) else None
        if not job or job.order.account != owner:
            raise JobNotFound("there is no such job, or not any more")
        return job

    def result_url(self, job: Job) -> str:
        return self._bucket.link(result_name(job.id, job.outcome["media_type"]), LINK_S)

    def attempts(self, job: Job) -> Iterator[webhooks.Attempt]:
        """At the delivery of its webhook, in order."""
        return webhooks.attempts(self._table, webhook_id(job.id), self._clock())

    def delete(self, owner: str, job_id: str) -> None:
        """Its pictures and its result. One that has not ended is cancelled; what its worker puts
        there later, that deletes itself."""
        while True:
            job = self.find(owner, job_id)
            try:
                if job.state != "cancelled":
                    self._table.write(deleted(job))
            except Refused:
                continue  # it has gone on in between
            return empty(self._bucket, job_id)

    def _check(self, order: Order) -> None:
        if order.webhook_url and not self._notifies:
            raise UnsupportedOption("there are no webhooks here; ask for the job's status instead")
        if len(written(order)) > MOST_CHARACTERS:
            raise InvalidParameter(f"the texts have more than {MOST_CHARACTERS:,} characters")

    def _begin(self, job_id: str, order: Order, pictures: Mapping[str, bytes], *also: Write) -> Job:
        for picture, data in pictures.items():
            name = picture_name(job_id, picture)
            self._bucket.put(name, data, "application/octet-stream")  # its worker looks into it
        now = self._clock()
        self._table.write(queued(job_id, order, moment(now), int(now) + KEPT_S), *also)
        return self._read(job_id)

    def _named(self, order: Order, pictures: Mapping[str, bytes], idempotency_key: str) -> Job:
        key = Key(f"job-key#{self._digest([order.account, idempotency_key])}", "job-key")
        request = self._digest(_contents(order, pictures))
        known = self._known(key, request)
        while not known:
            job_id, now = self._new_id(), int(self._clock())
            told: dict[str, Value] = {
                "job_id": job_id,
                "request": request,
                "expires_at": now + KEPT_S,
            }
            unused = When("expires_at", "absent or <", now + 1)
            with suppress(Refused):  # another call was first
                return self._begin(job_id, order, pictures, Write(key, set=told, when=(unused,)))
            known = self._known(key, request)
            if not known or known.id != job_id:
                empty(self._bucket, job_id)
        return known

    def _known(self, key: Key, request: str) -> Job | None:
        found = self._table.get(key)
        if not found or int(found["expires_at"]) <= self._clock():
            return None
        if found["request"] != request:
            raise IdempotencyKeyReused("this Idempotency-Key was sent with another request")
        return self._read(str(found["job_id"]))

    def _read(self, job_id: str) -> Job:
        job = read(self._table, job_id, self._clock())
        if not job:
            raise JobNotFound("the job has been forgotten in between")
        return job

    def _digest(self, parts: list[Any]) -> str:
        told = json.dumps(parts, sort_keys=True)  # in whichever order they were sent
        return hmac.new(self._secret, told.encode(), sha256).hexdigest()


def empty(bucket: Bucket, job_id: str) -> None:
    bucket.delete(file.name for file in bucket.files(folder(job_id)))


def _contents(order: Order, pictures: Mapping[str, bytes]) -> list[Any]:
    """All that a result depends on, whichever key of the account asks for it."""
    asked = asdict(order) | {"caller": [order.account, order.is_test]}
    hashes = {name: sha256(picture).hexdigest() for name, picture in pictures.items()}
    return [asked, hashes]
