"""Jobs, ledger and workers on given stores."""

import json
from uuid import uuid4

from cutout.credits.ledger import Ledger
from cutout.jobs.request import JobRequest
from cutout.jobs.submit import Jobs
from cutout.jobs.worker import Worker
from cutout.options.record import Options
from cutout.options.values import Reference


def new_id():
    return uuid4().hex


class JobServices:
    """queue and webhooks are queues in memory or SQS clients with send."""

    def __init__(self, table, bucket, queue, webhooks, clock, fetch=None, most_jobs=0):
        self.table = table
        self.bucket = bucket
        self.clock = clock
        self.webhooks = webhooks
        self.bugs = []  # that workers have reported, with the jobs' ids
        self.fetch = fetch or (lambda url, deadline: b"")
        self.ledger = Ledger(table, clock, new_id)
        self.jobs = Jobs(
            table, bucket, queue, self.ledger, clock, new_id, "secret", True, most_jobs
        )

    def worker(self, engine, **changes):
        arguments = {
            "measure": engine.measure,
            "fetch": self.fetch,
            "remove_background": engine.remove_background,
            "notify": self.webhooks.send,
            "record": lambda result: None,
            "report_bug": lambda job_id, error: self.bugs.append((job_id, error)),
        }
        arguments |= changes
        return Worker(self.table, self.bucket, self.ledger, self.clock, new_id, **arguments)


def job_request(caller, webhook_url="", photo_url="", **options):
    """Return a request with these options for an API key, or for nobody if caller is None."""
    return JobRequest(
        account=caller.account if caller else "",
        key_id=caller.id if caller else "",
        is_test=bool(caller and caller.is_test),
        photo=Reference(url=photo_url),
        options=Options(**{"max_pixels": 25_000_000} | options),
        webhook_url=webhook_url,
    )


def message(job):
    return json.dumps({"job_id": job.id})
