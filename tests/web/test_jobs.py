"""Jobs over HTTP, and the workers that take them from a queue."""

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
import requests
from fastapi.testclient import TestClient

from cutout.aws.sqs import SqsQueue
from cutout.errors import Unavailable
from cutout.jobs.retention import UPLOAD_ID_S, UPLOAD_S
from cutout.jobs.uploads import photo_name
from cutout.jobs.webhooks import Reply, Unanswered, Webhook, Webhooks
from cutout.jobs.worker import Busy
from cutout.web.app import create_app
from tests import web_ports as ports
from tests.conftest import encoded, opened
from tests.credit_services import CreditServices, StubEngine
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable
from tests.shop import Shop, code

JOBS, REMOVEBG = "/v1.0/jobs", "/v1.0/removebg"


class Desk(Shop):
    """A shop with a queue; work() takes what is in it."""

    def __init__(self, engine, table, bucket, account, aws, url, **changes):
        self.sqs, self.url = aws.client("sqs"), url
        self.engine = engine
        queue = SqsQueue(self.sqs, url)
        super().__init__(engine, table, bucket, account, queue=queue, **changes)
        self.worker = self.money.job_services.worker(engine, fetch=changes.get("fetch"))

    def work(self):
        asked = {"QueueUrl": self.url, "MaxNumberOfMessages": 10}
        while got := self.sqs.receive_message(**asked).get("Messages"):
            for message in got:
                self.worker.run(message["Body"])
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def create(self, client=None, headers=None, **sent):
        response = (client or self.client).post(JOBS, headers=headers or {}, **sent)
        assert response.status_code == 202, response.text
        return response.json()["data"]

    def status(self, job, client=None):
        return (client or self.client).get(job["status_url"]).json()["data"]

    def charges(self, account):
        return [entry.charged for entry in self.money.settled(account)]


@pytest.fixture
def desk(engine, ledger_table, bucket, account, aws, queue, photo):
    return Desk(
        engine, ledger_table, bucket, account, aws, queue, fetch=lambda url, deadline: photo
    )


@pytest.fixture
def local(engine):
    """In memory, with nobody asked for a key."""
    stores = {"bucket": MemoryBucket(Clock()), "queue": MemoryQueue()}
    money = CreditServices(MemoryTable(), Clock(), engine, **stores)
    app = create_app(ports.of(engine, **money.ports() | {"ask_for_keys": False}))
    return TestClient(app), money


def test_a_job_is_taken_worked_at_and_told_of(desk, photo, account):
    response = desk.client.post(JOBS, files={"image_file": photo}, data={"size": "full"})

    job = response.json()["data"]
    assert response.status_code == 202
    assert response.headers["Location"] == job["status_url"] == f"{JOBS}/{job['job_id']}"
    assert job["status"] == desk.status(job)["status"] == "queued"

    desk.work()

    told = desk.status(job)
    address = told.pop("result_url")
    assert told.pop("created_at").startswith("20")
    assert told == {
        "job_id": job["job_id"], "status": "done", "width": 120, "height": 90,
        "foreground_left": 31, "foreground_top": 16, "foreground_width": 59,
        "foreground_height": 59, "model": "red", "model_version": "3",
        "confidence": 0.953, "credits_charged": 0.25,
    }  # fmt: skip
    assert opened(requests.get(address).content).size == (120, 90)
    assert desk.charges(account) == [1]


@pytest.mark.parametrize(
    "parameters",
    [{}, {"format": "webp", "crop": "true"}, {"bg_color": "fff"}, {"channels": "alpha"}],
    ids=str,
)
def test_a_job_gives_the_bytes_of_a_direct_call_whatever_its_source(desk, photo, parameters):
    given = {"size": "50MP"} | parameters
    direct = desk.client.post(REMOVEBG, files={"image_file": photo}, data=given).content
    jobs = [
        desk.create(files={"image_file": photo}, data=given),
        desk.create(json={"image_file_b64": b64encode(photo).decode()} | given),
        desk.create(data={"image_url": "https://a.example/a.png"} | given),
        desk.create(json={"upload_id": desk.uploaded(photo)} | given),
    ]

    desk.work()

    for job in jobs:
        assert requests.get(desk.status(job)["result_url"]).content == direct


def test_its_background_and_its_alpha_go_with_it(desk, photo, red_disc):
    sent = {
        "files": {
            "image_file": photo,
            "alpha_file": encoded(red_disc[0].convert("L"), "PNG"),
            "bg_image_file": encoded(red_disc[0].rotate(180), "PNG"),
        },
        "data": {"size": "full"},
    }
    direct = desk.client.post(REMOVEBG, **sent)
    job = desk.create(**sent)

    desk.work()

    told = desk.status(job)
    assert "model" not in told  # the alpha was the caller's own
    assert requests.get(told["result_url"]).content == direct.content


def test_an_uploads_job_outlives_its_upload(desk, photo):
    upload_id = desk.uploaded(photo)
    job = desk.create(json={"upload_id": upload_id})

    assert desk.client.delete(f"/v1.0/uploads/{upload_id}").status_code == 204
    desk.work()

    assert desk.status(job)["status"] == "done"


def test_a_message_that_is_delivered_twice_gives_one_result_and_one_charge(desk, photo, account):
    job = desk.create(files={"image_file": photo})
    for _ in range(2):
        desk.sqs.send_message(QueueUrl=desk.url, MessageBody=json.dumps({"job_id": job["job_id"]}))

    desk.work()

    assert desk.status(job)["status"] == "done"
    assert desk.charges(account) == [1]


def test_of_many_workers_at_one_job_at_once_one_does_it(desk, photo, account):
    engine = StubEngine()
    workers = 8
    barrier = Barrier(workers)
    jobs = [desk.create(files={"image_file": b"%d" % n}) for n in range(10)]

    def work(_):
        busy = 0
        worker = desk.money.job_services.worker(engine)
        for job in jobs:
            barrier.wait()
            try:
                worker.run(json.dumps({"job_id": job["job_id"]}))
            except Busy:
                busy += 1
        return busy

    with ThreadPoolExecutor(workers) as pool:
        assert sum(pool.map(work, range(workers))) > 0

    assert sorted(engine.photos) == [b"%d" % n for n in range(10)]
    assert {desk.status(job)["status"] for job in jobs} == {"done"}
    assert len(desk.charges(account)) == 10
    assert desk.money.is_balanced(account)


def test_a_picture_that_is_none_fails_its_job_alone(desk, photo, account):
    bad, good = (desk.create(files={"image_file": data}) for data in (b"words", photo))

    desk.work()

    told = desk.status(bad)
    assert (told["status"], told["error"]["code"]) == ("failed", "invalid_file_type")
    assert told["error"].keys() == {"code", "title", "detail"}
    assert "result_url" not in told
    assert desk.status(good)["status"] == "done"
    assert desk.charges(account) == [1]


def test_a_job_is_deleted_with_all_that_is_its(desk, photo):
    queued, done = (desk.create(files={"image_file": photo}) for _ in range(2))
    assert desk.client.delete(queued["status_url"]).status_code == 204
    desk.work()
    address = desk.status(done)["result_url"]

    assert desk.client.delete(done["status_url"]).status_code == 204

    assert requests.get(address).status_code == 404
    assert desk.status(queued)["status"] == "cancelled"
    assert desk.status(done)["status"] == "done"
    assert "result_url" not in desk.status(done)
    assert list(desk.bucket.files(f"jobs/{done['job_id']}/")) == []


def test_the_same_idempotency_key_is_the_same_job(desk, photo):
    named = {"Idempotency-Key": "order 66"}
    first, second = (desk.create(files={"image_file": photo}, headers=named) for _ in range(2))

    other = desk.client.post(JOBS, files={"image_file": photo}, data={"crop": "1"}, headers=named)

    assert first == second
    assert code(other) == (422, "idempotency_key_reused")


def test_a_job_of_another_account_is_not_there(engine):
    clock = Clock()
    stores = {"bucket": MemoryBucket(clock), "queue": MemoryQueue()}
    money = CreditServices(MemoryTable(), clock, engine, **stores)
    app = create_app(ports.of(engine, **money.ports()))
    shop, shed = (
        TestClient(app, headers={"X-Api-Key": money.accounts.create_key(account)})
        for account in ("shop", "shed")
    )
    url = shop.post(JOBS, files={"image_file": b"photo"}).json()["data"]["status_url"]

    for act in (shed.get, shed.delete):
        assert code(act(url)) == (404, "job_not_found")
    assert shop.get(url).status_code == 200


def test_where_nobody_is_asked_anyone_may(local, photo):
    client, _ = local

    url = client.post(JOBS, files={"image_file": photo}).json()["data"]["status_url"]

    assert client.get(url).json()["data"]["status"] == "queued"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, "missing_source"),
        ({"image_url": "https://a.example/", "image_file_b64": "eA=="}, "multiple_sources"),
        ({"image_url": "https://a.example/", "size": "huge"}, "invalid_size"),
        ({"image_url": "https://a.example/", "type": "cat"}, "invalid_parameter"),
        ({"image_url": "https://a.example/", "model": "blue"}, "invalid_model"),
        ({"image_url": "https://a.example/", "colour": "red"}, "unsupported_option"),
        ({"image_file_b64": "é"}, "failed_to_read_image"),
        ({"image_url": "https://a.example/", "webhook_url": "ftp://a/"}, "invalid_webhook_url"),
        ({"image_url": "ftp://a/"}, "invalid_image_url"),
        ({"image_url": "x"}, "invalid_image_url"),
        ({"image_url": "http://u:p@a.example/"}, "invalid_image_url"),
        ({"image_file_b64": "eA==", "bg_image_url": "ftp://a/"}, "invalid_bg_image_url"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_told_at_once(local, sent, expected):
    client, _ = local

    assert code(client.post(JOBS, json=sent)) == (400, expected)


def test_without_anyone_to_send_them_webhooks_are_refused(local):
    client, money = local
    money.job_services.jobs._notifies = False

    response = client.post(
        JOBS, json={"image_url": "https://a.example/", "webhook_url": "https://b.example/"}
    )

    assert code(response) == (400, "unsupported_option")


@pytest.mark.parametrize(("route", "name"), [(REMOVEBG, "image_file"), ("/api/remove", "file")])
def test_a_picture_that_takes_too_long_is_told_that_a_job_has_more_time(engine, photo, route, name):
    def too_late(data, options, deadline):
        return engine.remove_background(data, options, replace(deadline, at=0))

    stores = {"bucket": MemoryBucket(Clock()), "queue": MemoryQueue()}
    money = CreditServices(MemoryTable(), Clock(), engine, **stores)
    changes = {"ask_for_keys": False, "remove_background": too_late, "deadline_s": 24}
    client = TestClient(create_app(ports.of(engine, **money.ports() | changes)))

    response = client.post(route, files={name: photo})

    assert code(response) == (504, "timeout")
    assert f"or send it to {JOBS}, which has more time" in response.text


@pytest.mark.parametrize(
    ("store", "method"), [("_table", "write"), ("_bucket", "put"), ("_queue", "send")]
)
def test_a_job_that_could_not_be_taken_is_taken_when_it_is_sent_again(
    local, photo, monkeypatch, store, method
):
    def down(*given):
        raise Unavailable("too busy")

    client, money = local
    sent = {"files": {"image_file": photo}, "headers": {"Idempotency-Key": "order 66"}}
    with monkeypatch.context() as while_busy:
        while_busy.setattr(getattr(money.job_services.jobs, store), method, down)
        assert code(client.post(JOBS, **sent)) == (503, "unavailable")

    taken = [client.post(JOBS, **sent).json()["data"]["job_id"] for _ in range(2)]

    assert len(set(taken)) == 1
    assert {json.loads(message)["job_id"] for message in money.queue.receive()} == set(taken)


@pytest.mark.parametrize(
    ("has_come", "age_s", "expected"),
    [
        (False, 0, (404, "upload_not_found")),
        (True, UPLOAD_S, (410, "upload_gone")),
        (True, UPLOAD_ID_S, (404, "upload_not_found")),
    ],
)
def test_an_upload_that_is_missing_or_old_makes_no_job(local, photo, has_come, age_s, expected):
    client, money = local
    upload_id = money.uploads.create("", "image/png", len(photo)).id
    if has_come:
        money.job_services.bucket.put(photo_name(upload_id), photo, "image/png")
    money.job_services.clock.now += age_s

    assert code(client.post(JOBS, json={"upload_id": upload_id})) == expected
    assert code(client.post(JOBS, json={"upload_id": "nowhere"})) == (404, "upload_not_found")
    assert money.queue.receive() == []


def test_a_job_tells_of_the_attempts_at_its_webhook(local, photo):
    client, money = local
    table, clock = money.job_services.table, money.job_services.clock
    answers = [500, Unanswered("timeout"), 204]

    def post(url, headers, body):
        clock.now += 0.25
        answer = answers.pop(0)
        if isinstance(answer, Unanswered):
            raise answer
        return Reply(answer)

    class Secrets:
        def signatures(self, account, signed):
            return "v1,signature"

    webhooks = Webhooks(table, Secrets(), post, clock)
    job = client.post(
        JOBS, files={"image_file": photo}, data={"webhook_url": "https://shop.example/hook"}
    ).json()["data"]

    def told():
        return client.get(job["status_url"]).json()["data"]["webhook"]

    assert told() == {"attempts": []}
    (message,) = money.queue.receive()
    money.job_services.worker(StubEngine()).run(message)
    (hook,) = money.queue.receive()
    while (delivery := webhooks.deliver(Webhook(**json.loads(hook)))).state == "waiting":
        clock.now += delivery.wait_s

    assert told() == {
        "attempts": [
            {"at": "2027-01-15T08:00:00.000+00:00", "ms": 250, "status": 500},
            {"at": "2027-01-15T08:00:05.250+00:00", "ms": 250, "error": "timeout"},
            {"at": "2027-01-15T08:00:35.500+00:00", "ms": 250, "status": 204},
        ]
    }


def test_without_a_webhook_there_is_nothing_to_tell_of_it(local, photo):
    client, _ = local

    url = client.post(JOBS, files={"image_file": photo}).json()["data"]["status_url"]

    assert "webhook" not in client.get(url).json()["data"]


def test_removebg_has_no_webhooks(local, photo):
    client, _ = local

    response = client.post(
        REMOVEBG, files={"image_file": photo}, data={"webhook_url": "https://b.example/"}
    )

    assert code(response) == (400, "unsupported_option")
