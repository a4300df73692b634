"""Jobs: pictures that are worked at after the answer, one by one, by whoever takes them."""

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any

from cutout.credits.accounts import ApiKey
from cutout.credits.rate_limit import RateLimit
from cutout.errors import IdempotencyKeyReused, InvalidParameter, JobNotFound, UnsupportedOption
from cutout.ports import (
    Bucket,
    Clock,
    Condition,
    ConditionFailed,
    Key,
    Queue,
    Table,
    Value,
    Write,
    timestamp,
)

from . import request as requests
from . import webhooks
from .job import (
    Job,
    deleted,
    folder,
    picture_name,
    queued,
    read,
    result_name,
    webhook_id,
)
from .job import key as job_key
from .request import JobRequest
from .retention import JOB_S, LINK_S
from .uploads import ID

MOST_CHARACTERS = 16_384  # of a request: an item of DynamoDB has 400 kB


class Jobs:
    def __init__(
        self,
        table: Table,
        bucket: Bucket,
        queue: Queue,
        rate: RateLimit,
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

    def create(
        self,
        caller: ApiKey | None,
        request: JobRequest,
        pictures: Mapping[str, bytes],
        idempotency_key: str,
    ) -> Job:
        """Store the pictures and queue the job; with an Idempotency-Key that is known, its job."""
        self._check(request)
        if caller:
            self._rate.consume_minimum(caller)  # for its worker sees it first
        if idempotency_key:
            job = self._named(request, pictures, idempotency_key)
        else:
            job = self._begin(self._new_id(), request, pictures)
        if not job.is_over:
            # Also for one that was there: it may be that nobody heard of it the first time.
            self._queue.send(json.dumps({"job_id": job.id}))
        return job

    def find(self, owner: str, job_id: str) -> Job:
        job = read(self._table, job_id, self._clock()) if ID.fullmatch(job_id) else None
        if not job or job.request.account != owner:
            raise JobNotFound("there is no such job, or not any more")
        return job

    def result_url(self, job: Job) -> str:
        return self._bucket.presigned_url(result_name(job.id, job.outcome["media_type"]), LINK_S)

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
            except ConditionFailed:
                continue  # it has gone on in between
            return empty(self._bucket, job_id)

    def _check(self, request: JobRequest) -> None:
        if request.webhook_url and not self._notifies:
            raise UnsupportedOption("there are no webhooks here; ask for the job's status instead")
        if len(json.dumps(requests.to_json(request))) > MOST_CHARACTERS:
            raise InvalidParameter(f"the texts have more than {MOST_CHARACTERS:,} characters")

    def _begin(
        self, job_id: str, request: JobRequest, pictures: Mapping[str, bytes], *also: Write
    ) -> Job:
        for picture, data in pictures.items():
            name = picture_name(job_id, picture)
            self._bucket.put(name, data, "application/octet-stream")  # its worker looks into it
        now = self._clock()
        self._table.write(queued(job_id, request, timestamp(now), int(now) + JOB_S), *also)
        return self._read(job_id)

    def _named(
        self, request: JobRequest, pictures: Mapping[str, bytes], idempotency_key: str
    ) -> Job:
        key = Key(f"job-key#{self._digest([request.account, idempotency_key])}", "job-key")
        fingerprint = self._digest(_contents(request, pictures))
        known = self._known(key, fingerprint, request, pictures)
        while not known:
            job_id, now = self._new_id(), int(self._clock())
            told: dict[str, Value] = {
                "job_id": job_id,
                "request": fingerprint,
                "expires_at": now + JOB_S,
            }
            unused = Condition("expires_at", "absent or <", now + 1)
            with suppress(ConditionFailed):  # another call was first
                return self._begin(job_id, request, pictures, Write(key, set=told, when=(unused,)))
            known = self._known(key, fingerprint, request, pictures)
            if not known or known.id != job_id:
                empty(self._bucket, job_id)
        return known

    def _known(
        self, key: Key, fingerprint: str, request: JobRequest, pictures: Mapping[str, bytes]
    ) -> Job | None:
        found = self._table.get(key)
        if not found or int(found["expires_at"]) <= self._clock():
            return None
        job_id = str(found["job_id"])
        if found["request"] not in (fingerprint, self._former(job_id, request, pictures)):
            raise IdempotencyKeyReused("this Idempotency-Key was sent with another request")
        return self._read(job_id)

    def _former(self, job_id: str, request: JobRequest, pictures: Mapping[str, bytes]) -> str:
        """The fingerprint of version 0.1.0, if it queued the job and the request is the same."""
        item = self._table.get(job_key(job_id)) or {"order": "{}"}
        stored = json.loads(str(item["order"]))
        if "caller" not in stored or _without_hashes(requests.from_json(stored)) != _without_hashes(
            request
        ):
            return ""
        asked = stored | {"caller": [request.account, request.is_test]}
        return self._digest([asked, _hashes(pictures)])

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


def _contents(request: JobRequest, pictures: Mapping[str, bytes]) -> list[Any]:
    """All that a result depends on, whichever key of the account asks for it."""
    return [requests.to_json(request) | {"key_id": ""}, _hashes(pictures)]


def _hashes(pictures: Mapping[str, bytes]) -> dict[str, str]:
    return {name: sha256(picture).hexdigest() for name, picture in pictures.items()}


def _without_hashes(request: JobRequest) -> JobRequest:
    """Comparable with a request of version 0.1.0, which did not write the hashes of pictures."""
    pictures = {
        name: replace(picture, sha256="") for name, picture in request.options.references().items()
    }
    return replace(request, key_id="", options=request.options.with_pictures(pictures))
