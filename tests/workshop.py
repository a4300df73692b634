"""Jobs on any stores, and those who work at them."""

import json
from uuid import uuid4

from cutout.credits.ledger import Ledger
from cutout.credits.rate import Rate
from cutout.jobs.job import Order
from cutout.jobs.submit import Jobs
from cutout.jobs.worker import Work
from cutout.options.call import Call


def new_id():
    return uuid4().hex


class Workshop:
    """queue and webhooks have send, and what was sent is theirs to give."""

    def __init__(self, table, bucket, queue, webhooks, clock, fetch=None):
        self.table = table
        self.bucket = bucket
        self.clock = clock
        self.webhooks = webhooks
        self.fetch = fetch or (lambda url, deadline: b"")
        self.ledger = Ledger(table, clock, new_id)
        self.jobs = Jobs(
            table, bucket, queue, Rate(table, clock), clock, new_id, "secret", notifies=True
        )

    def worker(self, engine, **changes):
        given = {
            "measure": engine.measure,
            "fetch": self.fetch,
            "remove_background": engine.remove_background,
            "notify": self.webhooks.send,
            "record": lambda result: None,
        }
        given |= changes
        return Work(self.table, self.bucket, self.ledger, self.clock, new_id, **given)


def order(caller, webhook_url="", photo="image_file", addresses=None, **parameters):
    return Order(
        caller=caller,
        call=Call(photo, "", {"size": "full"} | parameters, ""),
        addresses=addresses or {},
        pictures=() if addresses else ("photo",),
        webhook_url=webhook_url,
    )


def message(job):
    return json.dumps({"job_id": job.id})
