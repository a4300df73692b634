"""What one call of each way in costs at DynamoDB, S3 and SQS: requests and units, counted."""

import time

import pytest
from starlette.testclient import TestClient

from cutout import bootstrap
from cutout.aws.client import Caller
from cutout.aws.dynamodb import DynamoDbTable
from cutout.batch import paths
from cutout.batch import request as batches
from cutout.batch.request import Batch, Item
from cutout.config import Settings
from cutout.credits import accounts
from cutout.credits.rate_limit import RateLimit
from cutout.jobs.uploads import photo_name
from cutout.picture import Size
from tests import memory
from tests.counted import CountedBucket, CountedQueue, CountedTable, Counts

REMOVEBG, REMBG = "/v1.0/removebg", "/api/remove"
UPLOADS, JOBS, ACCOUNT = "/v1.0/uploads", "/v1.0/jobs", "/v1.0/account"
ADDRESS = "https://a.example/a.png"
SETTINGS = {
    "ledger_table": "LedgerTable",
    "state_table": "StateTable",
    "bucket": "PictureBucket",
    "secret": "secret",
    "job_queue": "JobQueue",
    "webhook_queue": "WebhookQueue",
    "ask_for_keys": True,
    "open_rembg_door": True,
    "calls_per_address": 10,
    "calls_per_day": 1000,
    "jobs_per_account": 100,
    "threads": 1,
}


class Calls:
    """The service, wired as on AWS, on stores in memory that count."""

    def __init__(self, engine, photo, monkeypatch):
        self.engine, self.photo, self.counts = engine, photo, Counts()
        self.settings = Settings(**SETTINGS)
        tables = {name: memory.MemoryTable() for name in ("LedgerTable", "StateTable")}
        self.bucket, self.queue = memory.MemoryBucket(time.time), memory.MemoryQueue()
        made = {
            "table": lambda name: CountedTable(tables[name], self.counts),
            "bucket": lambda name: CountedBucket(self.bucket, self.counts),
            "_queue": lambda name: CountedQueue(self.queue, self.counts),
        }
        for name, make in made.items():
            monkeypatch.setattr(bootstrap, name, make)
        monkeypatch.setattr("cutout.net.fetch.Fetcher.__call__", lambda *_: self._fresh())
        keys = accounts.Accounts(tables["LedgerTable"], time.time, memory.digits())
        self.keys = {"live": keys.create_key("shop"), "test": keys.create_key("shop", is_test=True)}
        live = keys.authenticate(self.keys["live"])
        # A minute ahead, so that none of it is regained while the test runs.
        limit = RateLimit(tables["LedgerTable"], lambda: time.time() + 60)
        self.use_up_the_minute = limit.usage(live, Size(100_000, 100_000)).count
        bootstrap.ledger(tables["LedgerTable"]).grant("shop", 4000)
        self.sent, self.address = 0, "203.0.113.7"
        self.app = bootstrap.app(self.settings, self.engine, lambda result: None)
        self.counts.take()

    def _fresh(self):
        """Return a photo that no call has sent before."""
        self.sent += 1
        return self.photo + b"%d" % self.sent

    def _send(self, route, key="live", method="POST", status=200, headers=None, **sent):
        own = {"X-Api-Key": self.keys[key]} if key else {}
        peer = self.address, 50000
        client = TestClient(self.app, headers=own | (headers or {}), client=peer)
        response = client.request(method, route, follow_redirects=False, **sent)
        assert response.status_code == status, response.headers
        return response

    def removebg(self, key="live", status=200, **headers):
        files = {"image_file": self._fresh()}
        self._send(REMOVEBG, key, status=status, files=files, headers=headers)

    def rembg(self, key="live", status=200):
        self._send(REMBG, key, status=status, files={"file": self._fresh()})

    def link(self):
        self._send(REMOVEBG, data={"image_url": ADDRESS})

    def account(self):
        self._send(ACCOUNT, method="GET")

    def create(self, key="live"):
        size = {"type": "image/png", "bytes": len(self.photo)}
        self.upload_id = self._send(UPLOADS, key, status=201, json=size).json()["data"]["upload_id"]
        # The client's POST to the bucket and its GET of the result go past the service.
        self.bucket.put(photo_name(self.upload_id), self._fresh(), "image/png")

    def use(self, key="live", status=303):
        self._send(REMOVEBG, key, status=status, json={"upload_id": self.upload_id})

    def delete(self, key="live"):
        self._send(f"{UPLOADS}/{self.upload_id}", key, "DELETE", 204)

    def queue_job(self):
        sent = self._send(JOBS, status=202, files={"image_file": self._fresh()})
        self.status_url = sent.json()["data"]["status_url"]

    def work(self):
        bugs = []
        worker = bootstrap.worker(
            self.settings, self.engine, lambda result: None, lambda *bug: bugs.append(bug)
        )
        for message in self.queue.receive():
            worker.run(message)
        assert bugs == []

    def ask(self):
        assert self._send(self.status_url, method="GET").json()["data"]["status"] == "done"

    def batch(self, account=""):
        """Make the cutout of one picture of a batch of which the outcomes' file is not counted."""
        order = {"source": "s3://shop/in/", "target": "s3://shop/out/", "account": account}
        batch = Batch(f"b{self.sent}", batches.from_json(order))
        source, target = (f"s3://shop/{name}/{self.sent}.png" for name in ("in", "out"))
        item = Item(1, paths.parse(source), paths.parse(target), "")
        self.bucket.put(item.source.key, self._fresh(), "image/png")
        worker = bootstrap.batch_worker(self.settings, self.engine, lambda result: None, print)
        assert worker.run([item], batch) == {"done": 1}
        self.counts.s3_puts -= 1


@pytest.fixture
def calls(engine, photo, monkeypatch):
    monkeypatch.setattr(engine, "is_ready", lambda: True)
    return Calls(engine, photo, monkeypatch)


def bill(dynamodb=0, writes=0, reads=0, **others):
    """Return the counts of a call, as Counts.take does."""
    counts = {"dynamodb": dynamodb, "writes": writes, "reads": reads, **others}
    return {name: count for name, count in counts.items() if count}


RESULT = {"s3_puts": 1, "s3_gets": 1}  # the photo is read and the result written
# With a key that the process does not remember; otherwise it is one request and one read less.
WAYS = {
    "removebg": (Calls.removebg, bill(3, 12, 1)),
    "removebg with an Idempotency-Key": (
        lambda calls: calls.removebg(**{"Idempotency-Key": str(calls.sent)}),
        bill(3, 12, 1),
    ),
    "rembg": (Calls.rembg, bill(3, 12, 1)),
    "a link": (Calls.link, bill(4, 13, 1)),
    "a test key": (lambda calls: calls.removebg("test"), bill(3, 2, 1)),
    "an upload": (Calls.create, bill(2, 1, 1)),
    "an upload's cutout": (Calls.use, bill(6, 13, 3, **RESULT)),
    "a job": (Calls.queue_job, bill(5, 5, 3, s3_puts=1, sqs=1)),
    "a job's status": (Calls.ask, bill(2, 0, 2)),
    "the account": (Calls.account, bill(2, 0, 2)),
}
WITHOUT_A_KEY = {
    "a visitor": (lambda calls: calls.rembg(""), bill(1, 6)),
    "a visitor's upload": (lambda calls: calls.create(""), bill(2, 7)),
    "a visitor's upload's cutout": (lambda calls: calls.use(""), bill(4, 2, 2, **RESULT)),
    "a visitor's upload's next cutout": (lambda calls: calls.use(""), bill(4, 7, 2, **RESULT)),
    "a visitor's deletion": (
        lambda calls: calls.delete(""),
        bill(2, 1, 1, s3_puts=1, s3_deletes=1),
    ),
    "a job's cutout": (Calls.work, bill(7, 18, 2, s3_deletes=1, **RESULT)),
    "a picture of a batch": (Calls.batch, bill(s3_puts=1, s3_gets=2)),
    "a picture of a batch with an account": (
        lambda calls: calls.batch("shop"),
        bill(3, 12, 1, s3_puts=1, s3_gets=2),
    ),
}
BEFORE = {  # what is not counted with a way
    "an upload's cutout": [Calls.create],
    "a visitor's upload's cutout": [lambda calls: calls.create("")],
    "a visitor's upload's next cutout": [
        lambda calls: calls.create(""),
        lambda calls: calls.use(""),
    ],
    "a visitor's deletion": [lambda calls: calls.create("")],
    "a job's cutout": [Calls.queue_job],
    "a job's status": [Calls.queue_job, Calls.work],
}


def counted(calls, way):
    """Return the counts of the second call of a process."""
    call, _ = (WAYS | WITHOUT_A_KEY)[way]
    for _ in range(2):
        for before in BEFORE.get(way, ()):
            before(calls)
        calls.counts.take()
        call(calls)
    return calls.counts.take()


@pytest.mark.parametrize("way", WAYS)
def test_a_call_with_a_key_costs_so_much_and_less_while_the_key_is_remembered(
    calls, way, monkeypatch
):
    expected = WAYS[way][1]
    remembered = bill(
        **expected | {"dynamodb": expected["dynamodb"] - 1, "reads": expected["reads"] - 1}
    )

    assert counted(calls, way) == remembered
    monkeypatch.setattr(accounts, "REMEMBERED_S", 0)
    assert counted(calls, way) == expected


@pytest.mark.parametrize("way", WITHOUT_A_KEY)
def test_a_call_without_a_key_costs_so_much(calls, way):
    assert counted(calls, way) == WITHOUT_A_KEY[way][1]


def test_the_first_call_of_an_hour_and_process_records_the_use_of_its_key_too(calls):
    calls.removebg()

    assert calls.counts.take() == bill(4, 13, 1)


def test_calls_beyond_the_rate_limit_cost_nothing_once_the_process_knows_of_it(calls):
    calls.use_up_the_minute()  # by another process

    refused = []
    for _ in range(2):
        calls.removebg(status=429)
        refused.append(calls.counts.take())

    assert refused == [bill(5, 7, 3), {}]


def test_a_visitor_beyond_the_allowance_costs_nothing_once_the_process_knows_of_it(calls):
    for _ in range(calls.settings.calls_per_address):
        calls.rembg("")
    calls.counts.take()

    refused = []
    for _ in range(2):
        calls.rembg("", status=429)
        refused.append(calls.counts.take())

    assert refused == [bill(2, 6, 1), {}]


def test_calls_make_these_requests_over_the_network(
    aws, resources, bucket, engine, photo, account, monkeypatch
):
    sent = []

    class Recorded(Caller):
        def call(self, method, url, headers, *more):
            target = headers.get("X-Amz-Target", f".{method.title()}Object")
            sent.append(target.rpartition(".")[2])
            return super().call(method, url, headers, *more)

    found = aws.caller("").account
    monkeypatch.setattr(bootstrap, "caller", lambda service: Recorded(found, service))
    monkeypatch.setattr(bootstrap, "bucket", bootstrap.bucket.__wrapped__)
    names = {"ledger_table": "LedgerTable", "state_table": "StateTable", "bucket": "PictureBucket"}
    stores = {setting: resources[name] for setting, name in names.items()}
    ledger_table = DynamoDbTable(aws.service("dynamodb"), stores["ledger_table"])
    key = accounts.Accounts(ledger_table, time.time, memory.digits()).create_key(account)
    bootstrap.ledger(ledger_table).grant(account, 40)
    app = bootstrap.app(Settings(**SETTINGS | stores | {"job_queue": ""}), engine, print)
    caller = TestClient(app, headers={"X-Api-Key": key}, follow_redirects=False)

    def requests_of(status, *arguments, **named):
        sent.clear()
        response = caller.post(*arguments, **named)
        assert response.status_code == status, response.headers
        return list(sent)

    first, second = (
        requests_of(200, REMOVEBG, files={"image_file": photo + more}) for more in (b"1", b"2")
    )
    size = {"type": "image/png", "bytes": len(photo)}
    upload_id = caller.post(UPLOADS, json=size).json()["data"]["upload_id"]
    bucket.put(photo_name(upload_id), photo + b"3", "image/png")
    third = requests_of(303, REMOVEBG, json={"upload_id": upload_id})

    charge = ["TransactWriteItems"] * 2  # reserve and settle
    read, stored = ["GetItem", "GetObject", "UpdateItem"], ["PutObject", "GetItem"]
    assert first == ["GetItem", "UpdateItem", *charge]
    assert second == charge
    assert third == [*read, charge[0], *stored, charge[1]]
