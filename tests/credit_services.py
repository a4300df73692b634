"""The services of credits, jobs and uploads on given stores, and an engine without a model."""

from functools import partial
from uuid import uuid4

from cutout.credits.accounts import Accounts
from cutout.credits.allowance import Allowance
from cutout.credits.free_calls import FreeCalls
from cutout.credits.last_use import LastUse
from cutout.credits.ledger import Ledger
from cutout.credits.meter import CreditMeter
from cutout.credits.rate_limit import RateLimit
from cutout.jobs.uploads import Uploads
from cutout.picture import Box, Result, Size
from cutout.web import access
from cutout.web.ports import Credits
from tests import memory
from tests.job_services import JobServices

ORIGIN_SECRET = "origin secret"
BOX = Box(0, 0, 1, 1)
PICTURE = Result(
    b"cutout", "image/png", Size(1, 1), Size(1, 1), BOX, BOX, (), 0.9, "red", "3", 2, 1, {}
)  # fmt: skip


class StubEngine:
    """An engine that accepts any bytes as a photo of one megapixel, and records them."""

    def __init__(self):
        self.photos = []

    def check(self, options):
        pass

    def measure(self, photo):
        return Size(1000, 1000)

    def media_type(self, photo):
        return "image/png"

    def remove_background(self, photo, options, deadline):
        self.photos.append(photo)
        return PICTURE


class CreditServices:
    """Accounts, ledger, meter and so on, which share a table.

    Without digits, every instance creates the same API keys. calls are the allowance of one
    address and of all.
    """

    def __init__(self, table, clock, engine, digits=None, bucket=None, calls=(0, 0), queue=None):
        self._table, self._clock = table, clock
        self.accounts = Accounts(table, clock, digits or memory.digits())
        self.last_use = LastUse(table, clock)
        self.ledger = Ledger(table, clock, lambda: uuid4().hex)
        self.allowance = Allowance(table, clock, "secret", *calls)
        self.rate_limit = RateLimit(table, clock)
        self.meter = CreditMeter(self.ledger, self.rate_limit, engine.measure, "secret")
        visitor = partial(access.visitor, origin_secrets=(ORIGIN_SECRET,))
        self.visitor = visitor if calls[0] else None
        self.queue = queue
        self.job_services = queue and JobServices(table, bucket, queue, queue, clock)
        self.uploads = bucket and Uploads(
            table, bucket, clock, lambda: uuid4().hex, "secret", 30_000_000, engine.media_type
        )

    def ports(self):
        return {
            "credits": Credits(
                authenticate=access.Authenticate(
                    self.accounts.authenticate, self.last_use.record, (ORIGIN_SECRET,)
                ),
                visitor=self.visitor,
                allow=self.allowance.consume,
                count_free=FreeCalls(self._table, self._clock).consume,
                count_unseen=self.meter.count_unseen,
                balance=self.ledger.balance,
                meter=self.meter,
            ),
            "uploads": self.uploads,
            "jobs": self.job_services and self.job_services.jobs,
            "ask_for_keys": True,
        }

    def is_balanced(self, account):
        entries = self.ledger.entries(account)
        return self.ledger.balance(account) == sum(entry.quarters for entry in entries)

    def settled(self, account):
        return [entry for entry in self.ledger.entries(account) if entry.kind == "settle"]
