"""Limits of what one account may have in the queues, so that others do not wait for it.

An item of the state table counts an account's jobs of one day of UTC that have not ended, and its
webhooks of that day that no charge pays for: those of failed jobs and of test keys. Jobs end in the
transaction that counts them. A job that never ends leaves its count behind, until the day's end.
"""

from dataclasses import dataclass
from typing import NoReturn

from cutout.credits.allowance import DAY_S, until_midnight_s
from cutout.errors import TooManyJobs, TooManyWebhooks
from cutout.ports import Condition, Key, Table, Write, timestamp

from .job import Job
from .request import JobRequest

UNPAID_WEBHOOKS = 1000  # of an account in a day, beside those of jobs that have not ended
RETRY_AFTER_S = 10  # by then four workers have ended forty jobs of a second each


@dataclass(frozen=True)
class Backlog:
    """Counts the jobs of accounts that have not ended, and their webhooks without a charge."""

    table: Table
    most_jobs: int  # of an account, which have not ended; 0 is no limit

    def counts(self, request: JobRequest) -> bool:
        """Return whether a job is counted: there is a limit, and the job has an account."""
        return bool(self.most_jobs and request.account)

    def check(self, request: JobRequest, now: float) -> None:
        """Raise TooManyJobs or TooManyWebhooks if the account can have no further job now."""
        if not self.counts(request):
            return
        counted = self.table.get(_key(request.account, timestamp(now))) or {}
        if int(counted.get("open", 0)) >= self.most_jobs:
            raise self._too_many_jobs()
        if request.webhook_url and int(counted.get("webhooks", 0)) >= self._most_webhooks:
            raise TooManyWebhooks(
                f"{UNPAID_WEBHOOKS:,} webhooks of this account's jobs of today were not paid for; "
                "send the job without webhook_url, or try again after midnight UTC",
                retry_after_s=until_midnight_s(now),
            )

    def refuse(self, request: JobRequest, now: float) -> NoReturn:
        """Raise TooManyJobs or TooManyWebhooks for a job whose begin_write has failed."""
        self.check(request, now)
        raise self._too_many_jobs()  # check found room: a job has ended since the write

    def begin_write(self, request: JobRequest, now: float) -> Write:
        """Return the write that counts a new job, whose conditions are those of check."""
        counts = {"open": 1} | ({"webhooks": 1} if request.webhook_url else {})
        limits = [Condition("open", "absent or <", self.most_jobs)]
        if request.webhook_url:
            limits.append(Condition("webhooks", "absent or <", self._most_webhooks))
        expiry = {"expires_at": int(now) + 2 * DAY_S}
        key = _key(request.account, timestamp(now))
        return Write(key, set=expiry, add=counts, when=tuple(limits))

    def _too_many_jobs(self) -> TooManyJobs:
        return TooManyJobs(
            f"{self.most_jobs} jobs of this account have not ended yet; try again when some have, "
            f"or in {RETRY_AFTER_S} s",
            RETRY_AFTER_S,
        )

    @property
    def _most_webhooks(self) -> int:
        return self.most_jobs + UNPAID_WEBHOOKS


def end_writes(job: Job, is_webhook_paid: bool) -> tuple[Write, ...]:
    """Return the write that goes with the one that ends a job, if the job was counted.

    is_webhook_paid is for a job that was charged, or whose webhook is not sent.
    """
    if not job.is_counted:
        return ()
    counts = {"open": -1}
    if job.request.webhook_url and is_webhook_paid:
        counts["webhooks"] = -1
    return (Write(_key(job.request.account, job.created_at), add=counts),)


def _key(account: str, at: str) -> Key:
    """Return the key of the account's counts for the day of a timestamp."""
    return Key(f"backlog#{account}#{at[:10]}", "backlog")
