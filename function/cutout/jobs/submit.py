"""Create jobs, look them up and delete them. Workers run them after the response."""

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any

from cutout.credits.ledger import Ledger
from cutout.credits.meter import LEAST_PRICE, highest_price
from cutout.errors import IdempotencyKeyReused, InvalidParameter, JobNotFound, UnsupportedOption
from cutout.options import canonical
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
from .backlog import Backlog, end_writes
from .job import (
    Job,
    create_write,
    delete_write,
    folder,
    load,
    new_job,
    picture_name,
    result_name,
    webhook_id,
)
from .job import key as job_key
from .request import JobRequest
from .retention import JOB_S, LINK_S
from .uploads import ID

MOST_CHARACTERS = 16_384  # of a request; DynamoDB allows 400 kB in an item


class Jobs:
    """The jobs of all accounts."""

    def __init__(
        self,
        table: Table,
        bucket: Bucket,
        queue: Queue,
        ledger: Ledger,
        clock: Clock,
        new_id: Callable[[], str],
        secret: str,
        notifies: bool,
        most_jobs: int = 0,
    ) -> None:
        """secret is the key of the fingerprints: a plain hash would identify a known picture.

        notifies tells whether webhooks can be sent. An account may have most_jobs that have not
        ended; 0 is no limit.
        """
        self._table = table
        self._bucket = bucket
        self._queue = queue
        self._ledger = ledger
        self._clock = clock
        self._new_id = new_id
        self._secret = secret.encode()
        self._notifies = notifies
        self._backlog = Backlog(table, most_jobs)

    def create(
        self,
        request: JobRequest,
        pictures: Mapping[str, bytes],
        idempotency_key: str,
    ) -> Job:
        """Store the pictures and queue the job. A known Idempotency-Key returns its job.

        Raises what check() raises; for a new job InsufficientCredits if its account could not pay
        it, TooManyJobs or TooManyWebhooks; and IdempotencyKeyReused if the key was used for another
        request.
        """
        self.check(request)
        if idempotency_key:
            job = self._create_once(request, pictures, idempotency_key)
        else:
            job = self._store(self._new_id(), request, pictures)
        if not job.is_over:
            # An existing job is queued again: the first call may have failed before this line.
            self._queue.send(json.dumps({"job_id": job.id}), request.account)
        return job

    def find(self, owner: str, job_id: str) -> Job:
        """Return an account's job. Raises JobNotFound if it has none of this id or it expired."""
        job = load(self._table, job_id, self._clock()) if ID.fullmatch(job_id) else None
        if not job or job.request.account != owner:
            raise JobNotFound("there is no such job, or it has expired")
        return job

    def result_url(self, job: Job) -> str:
        """Return a URL that is valid for LINK_S."""
        return self._bucket.presigned_url(result_name(job.id, job.outcome["media_type"]), LINK_S)

    def webhook_state(self, job: Job) -> webhooks.State:
        """Return the state of the job's webhook: waiting, delivered, gone or given_up."""
        return webhooks.state(self._table, webhook_id(job.id))

    def attempts(self, job: Job) -> Iterator[webhooks.Attempt]:
        """Yield the attempts to deliver the job's webhook, in order."""
        return webhooks.attempts(self._table, webhook_id(job.id), self._clock())

    def delete(self, owner: str, job_id: str) -> None:
        """Delete the job's pictures and result, and cancel the job if it has not ended.

        A worker that runs it deletes what it stores later. Raises JobNotFound.
        """
        while True:
            job = self.find(owner, job_id)
            try:
                if job.state != "cancelled":
                    ended = () if job.is_over else end_writes(job, is_webhook_paid=True)
                    self._table.write(delete_write(job), *ended)
            except ConditionFailed:
                continue  # the job has changed since it was loaded
            return delete_files(self._bucket, job_id)

    def check(self, request: JobRequest) -> None:
        """Raise UnsupportedOption or InvalidParameter for a request that makes no job."""
        if request.webhook_url and not self._notifies:
            raise UnsupportedOption("this service sends no webhooks; poll the job's status instead")
        if len(json.dumps(requests.to_json(request))) > MOST_CHARACTERS:
            raise InvalidParameter(f"the parameters have more than {MOST_CHARACTERS:,} characters")

    def _store(
        self, job_id: str, request: JobRequest, pictures: Mapping[str, bytes], *writes: Write
    ) -> Job:
        now = self._clock()
        self._backlog.check(request, now)
        if not request.is_free:
            # The worker reserves the price: this check spares the queue a job that would fail.
            least = highest_price(request.options) if request.photo.url else LEAST_PRICE
            self._ledger.check_funds(request.account, least)
        for picture, data in pictures.items():
            name = picture_name(job_id, picture)
            self._bucket.put(name, data, "application/octet-stream")
        is_counted = self._backlog.counts(request)
        job = new_job(job_id, request, timestamp(now), int(now) + JOB_S, is_counted)
        counted = (self._backlog.begin_write(request, now),) if is_counted else ()
        try:
            self._table.write(create_write(job), *writes, *counted)
        except ConditionFailed as error:
            if is_counted and error.failed == (1 + len(writes),):
                delete_files(self._bucket, job_id)
                self._backlog.refuse(request, now)
            raise
        return job

    def _create_once(
        self, request: JobRequest, pictures: Mapping[str, bytes], idempotency_key: str
    ) -> Job:
        key = Key(f"job-key#{self._digest([request.account, idempotency_key])}", "job-key")
        fingerprint = self._digest(_contents(request, pictures))
        job = self._find_by_key(key, fingerprint, request, pictures)
        while not job:
            job_id, now = self._new_id(), int(self._clock())
            attributes: dict[str, Value] = {
                "job_id": job_id,
                "request": fingerprint,
                "expires_at": now + JOB_S,
            }
            is_unused = Condition("expires_at", "absent or <", now + 1)
            with suppress(ConditionFailed):  # another request with the key was first
                return self._store(
                    job_id, request, pictures, Write(key, set=attributes, when=(is_unused,))
                )
            job = self._find_by_key(key, fingerprint, request, pictures)
            if not job or job.id != job_id:
                delete_files(self._bucket, job_id)
        return job

    def _find_by_key(
        self, key: Key, fingerprint: str, request: JobRequest, pictures: Mapping[str, bytes]
    ) -> Job | None:
        item = self._table.get(key)
        if not item or int(item["expires_at"]) <= self._clock():
            return None
        job_id = str(item["job_id"])
        former = self._former_fingerprint(job_id, request, pictures)
        if item["request"] not in (fingerprint, former):
            raise IdempotencyKeyReused("this Idempotency-Key was sent with another request")
        return self._load(job_id)

    def _former_fingerprint(
        self, job_id: str, request: JobRequest, pictures: Mapping[str, bytes]
    ) -> str:
        """Return version 0.1.0's fingerprint if it queued the job for the same request, else ""."""
        item = self._table.get(job_key(job_id)) or {"order": "{}"}
        stored = json.loads(str(item["order"]))
        if "caller" not in stored or _without_hashes(requests.from_json(stored)) != _without_hashes(
            request
        ):
            return ""
        former = stored | {"caller": [request.account, request.is_test]}
        return self._digest([former, _hashes(pictures)])

    def _load(self, job_id: str) -> Job:
        job = load(self._table, job_id, self._clock())
        if not job:
            raise JobNotFound("the job has expired")
        return job

    def _digest(self, parts: list[Any]) -> str:
        text = json.dumps(parts, sort_keys=True)  # parameters may come in any order
        return hmac.new(self._secret, text.encode(), sha256).hexdigest()


def delete_files(bucket: Bucket, job_id: str) -> None:
    """Delete all pictures of a job and its result."""
    bucket.delete(file.name for file in bucket.files(folder(job_id)))


def _contents(request: JobRequest, pictures: Mapping[str, bytes]) -> list[Any]:
    """Return all that the result depends on. All API keys of an account get the same job."""
    short = replace(request, options=canonical.shortest(request.options), key_id="")
    return [requests.to_json(short), _hashes(pictures)]


def _hashes(pictures: Mapping[str, bytes]) -> dict[str, str]:
    return {name: sha256(picture).hexdigest() for name, picture in pictures.items()}


def _without_hashes(request: JobRequest) -> JobRequest:
    """Drop what version 0.1.0 did not store, for a comparison with its requests."""
    pictures = {
        name: replace(picture, sha256="") for name, picture in request.options.references().items()
    }
    return replace(request, key_id="", options=request.options.with_pictures(pictures))
