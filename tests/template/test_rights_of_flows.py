"""The functions, wired as on AWS, with what their roles allow: no flow is denied anything."""

import time

import pytest
from starlette.testclient import TestClient

from cutout import bootstrap
from cutout.config import Settings
from cutout.credits import closing
from cutout.credits.accounts import Accounts
from cutout.credits.last_use import LastUse
from cutout.credits.ledger import ABANDONED_AFTER_S, Ledger
from cutout.credits.reservations import Purchase
from cutout.jobs.receivers import FAILURES
from cutout.jobs.uploads import photo_name
from cutout.jobs.webhook_secrets import WebhookSecrets
from cutout.jobs.webhooks import Reply, Unanswered, Webhook, Webhooks
from cutout.ports import Key, Write
from tests import memory
from tests.template.rights import Denied, GuardedBucket, GuardedQueue, GuardedTable, Role

REMOVEBG, UPLOADS, JOBS = "/v1.0/removebg", "/v1.0/uploads", "/v1.0/jobs"
SETTINGS = {
    "ledger_table": "LedgerTable",
    "state_table": "StateTable",
    "bucket": "PictureBucket",
    "secret": "secret",
    "job_queue": "JobQueue",
    "webhook_queue": "WebhookQueue",
    "ask_for_keys": True,
    "calls_per_address": 10,
    "calls_per_day": 100,
    "jobs_per_account": 2,
    "threads": 1,
}


class Stack:
    """The stores of template.yaml in memory, and an account with ten credits."""

    def __init__(self, engine, monkeypatch):
        self.engine = engine
        self.settings = Settings(**SETTINGS)
        self.tables = {name: memory.MemoryTable() for name in ("LedgerTable", "StateTable")}
        self.bucket = memory.MemoryBucket(time.time)
        self.queues = {name: memory.MemoryQueue() for name in ("JobQueue", "WebhookQueue")}
        self.bugs = []
        self._patch = monkeypatch.setattr
        ledger_table = self.tables["LedgerTable"]
        accounts = Accounts(ledger_table, time.time, memory.digits())
        self.key, self.test_key = (
            accounts.create_key("shop", is_test) for is_test in (False, True)
        )
        self.ledger = bootstrap.ledger(ledger_table)
        self.ledger.grant("shop", 40)
        self.secrets = WebhookSecrets(ledger_table, time.time, memory.digits())
        self.secrets.create("shop")

    def assume(self, name):
        """Let what bootstrap makes from now on have a role's rights."""
        role = Role(name)
        self._patch(bootstrap, "table", lambda name: GuardedTable(self.tables[name], role, name))
        self._patch(bootstrap, "bucket", lambda name: GuardedBucket(self.bucket, role, name))
        self._patch(bootstrap, "_queue", lambda name: GuardedQueue(self.queues[name], role, name))

    def client(self, key=""):
        self.assume("ApiRole")
        app = bootstrap.app(self.settings, self.engine, lambda result: None)
        return TestClient(app, headers={"X-Api-Key": key} if key else {})

    def work(self):
        self.assume("WorkerRole")
        worker = bootstrap.worker(
            self.settings, self.engine, lambda result: None, lambda *bug: self.bugs.append(bug)
        )
        for message in self.queues["JobQueue"].receive():
            worker.run(message)

    def counts(self, prefix):
        return [it for it in self.tables["StateTable"].items() if it["pk"].startswith(prefix)]


@pytest.fixture
def stack(engine, monkeypatch):
    monkeypatch.setattr(engine, "is_ready", lambda: True)
    return Stack(engine, monkeypatch)


def test_a_call_with_a_key_is_counted_and_charged(stack, photo):
    client = stack.client(stack.key)

    done = client.post(REMOVEBG, files={"image_file": photo}, headers={"Idempotency-Key": "1"})

    assert done.status_code == 200, done.text
    assert done.headers["X-Credits-Charged"] != "0"
    assert client.get("/v1.0/account").status_code == 200
    assert stack.counts("use#shop#")
    (balance,) = [it for it in stack.tables["LedgerTable"].items() if it["sk"] == "balance"]
    assert [name for name in balance if name.startswith("rate_")]


def test_a_call_with_a_test_key_is_counted(stack, photo):
    done = stack.client(stack.test_key).post(REMOVEBG, files={"image_file": photo})

    assert done.status_code == 200, done.text
    assert stack.counts("free#shop#")


@pytest.mark.parametrize("key", ["", "key"], ids=["a visitor", "an account"])
def test_an_upload_is_cut_out_and_deleted(stack, photo, key):
    client = stack.client(key and stack.key)

    made = client.post(UPLOADS, json={"type": "image/png", "bytes": len(photo)})
    upload_id = made.json()["data"]["upload_id"]
    stack.bucket.put(photo_name(upload_id), photo, "image/png")
    done = client.post(
        REMOVEBG, json={"upload_id": upload_id}, headers={"Accept": "application/json"}
    )

    assert done.status_code == 200, done.text
    assert client.delete(f"{UPLOADS}/{upload_id}").status_code == 204
    assert bool(stack.counts("allowance#")) is not bool(key)
    assert list(stack.bucket.files("")) == []


def test_jobs_are_sent_limited_run_told_of_and_deleted(stack, photo):
    def send():
        return client.post(
            JOBS,
            files={"image_file": photo},
            data={"webhook_url": "https://shop.example/hook"},
            headers={"Idempotency-Key": str(len(sent))},
        )

    client, sent = stack.client(stack.key), []
    for _ in range(3):
        sent.append(send())
    first, second = (it.json()["data"]["status_url"] for it in sent[:2])
    cancelled = client.delete(second)
    stack.work()

    assert [it.status_code for it in sent] == [202, 202, 429]
    assert cancelled.status_code == 204
    assert stack.bugs == []
    status = client.get(first)
    assert status.json()["data"]["status"] == "done"
    assert client.delete(first).status_code == 204
    assert [it["open"] for it in stack.counts("backlog#")] == [0]
    assert len(stack.queues["WebhookQueue"].receive()) == 1
    assert list(stack.bucket.files("")) == []


def test_a_worker_keeps_to_the_pictures_of_jobs(stack):
    stack.assume("WorkerRole")

    with pytest.raises(Denied):
        bootstrap.bucket("PictureBucket").get("uploads/1/photo")


@pytest.mark.parametrize("ms", [10, 2000], ids=["fast", "slow"])
def test_a_webhook_to_a_receiver_that_fails_pauses_it_and_then_comes(stack, clock, ms):
    def post(url, headers, body):
        clock.now += ms / 1000
        if fails:
            raise Unanswered("timeout")
        return Reply(200)

    stack.assume("WebhookRole")
    ledger, state = map(bootstrap.table, ("LedgerTable", "StateTable"))
    secrets = WebhookSecrets(ledger, clock, memory.digits())
    webhooks, fails = Webhooks(state, secrets, post, clock), True

    for number in range(FAILURES + 2):
        webhooks.deliver(Webhook(f"msg_{number}", "shop", "https://shop.example/hook", {}))
    clock.now += 3600
    fails = False
    delivery = webhooks.deliver(Webhook("msg_1", "shop", "https://shop.example/hook", {}))

    assert delivery.state == "delivered"
    assert stack.counts("receiver#shop#")
    assert bool(stack.counts("receivers#shop#")) is (ms > 1000)


def test_a_closed_service_refuses_visitors_until_it_is_opened(stack):
    def visit():
        return stack.client().post(UPLOADS, json={"type": "image/png", "bytes": 9}).status_code

    def change(by):
        stack.assume("CloseRole")
        assert bootstrap.change_visits(stack.settings, by)

    seen = [visit()]
    for by in (closing.close_for_alarm, closing.end_alarm, closing.close_for_budget):
        change(by)
        seen.append(visit())
    change(closing.reopen)
    seen.append(visit())

    assert seen == [201, 429, 201, 429, 201]
    with pytest.raises(Denied):
        bootstrap.table("StateTable").query("allowance#1", "", "~")
    stack.assume("CloseRole")
    with pytest.raises(Denied):
        bootstrap.table("StateTable").write(Write(Key("free#shop#1", "free"), set={"calls": 0}))


def test_the_service_is_ready(stack):
    assert stack.client().get("/readyz").status_code == 200


def test_the_sweep_deletes_pictures_and_releases_reservations(stack, clock):
    early = time.time() - ABANDONED_AFTER_S - 3600
    bucket = memory.MemoryBucket(lambda: early)
    bucket.put("uploads/1/photo", b"", "image/png")
    stack.bucket = bucket
    ledger = Ledger(stack.tables["LedgerTable"], lambda: early, lambda: "1")
    ledger.reserve(Purchase("shop", "1", id="c1", fingerprint="r1", quarters=4))

    stack.assume("SweepRole")

    assert bootstrap.sweep(stack.settings) == (1, 1)


def test_the_last_use_of_a_key_is_found(stack):
    stack.client(stack.key).get("/v1.0/account")

    assert LastUse(stack.tables["StateTable"], time.time).find("shop", stack.key.split("_")[3])
