"""An account with jobs, and a worker that runs them, on stores in memory."""

import pytest

from cutout.credits.accounts import Accounts
from tests import memory
from tests.credit_services import StubEngine
from tests.job_services import JobServices, job_request, message
from tests.memory import MemoryBucket, MemoryQueue


class JobService:
    """An account with ten credits, its queued jobs, and workers that run them."""

    def __init__(self, clock, table):
        self.clock = clock
        self.table = table
        self.bucket = MemoryBucket(clock)
        self.queue, self.webhooks = MemoryQueue(), MemoryQueue()
        self.job_services = JobServices(table, self.bucket, self.queue, self.webhooks, clock)
        self.jobs, self.ledger = self.job_services.jobs, self.job_services.ledger
        accounts = Accounts(table, clock, memory.digits())
        self.caller = accounts.authenticate(accounts.create_key("shop"))
        self.ledger.grant("shop", 40)
        self.engine = StubEngine()

    def create(self, photo=b"photo", key="", caller=None, **changes):
        pictures = {} if "photo_url" in changes else {"photo": photo}
        caller = caller or self.caller
        return self.jobs.create(job_request(caller, **changes), pictures, key)

    def run(self, job, engine=None, received=1, **changes):
        self.job_services.worker(engine or self.engine, **changes).run(message(job), received)

    def on(self, **stores):
        """Return the same services on other stores."""
        arguments = {"table": self.table, "bucket": self.bucket} | stores
        return JobServices(**arguments, queue=self.queue, webhooks=self.webhooks, clock=self.clock)

    def status(self, job):
        return self.jobs.find("shop", job.id).status()["data"]

    def files(self, job):
        return [file.name.rpartition("/")[2] for file in self.bucket.files(f"jobs/{job.id}/")]

    def charged(self):
        return [entry.charged for entry in self.ledger.entries("shop") if entry.kind == "settle"]


@pytest.fixture
def service(clock, table):
    return JobService(clock, table)
