"""Jobs over HTTP, and the workers that take them from a queue."""

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
import requests
from starlette.testclient import TestClient

from cutout.aws.sqs import SqsQueue
from cutout.errors import Unavailable
from cutout.jobs.retention import UPLOAD_ID_S, UPLOAD_S
from cutout.jobs.uploads import photo_name
from cutout.jobs.webhooks import Reply, Unanswered, Webhook, Webhooks
from cutout.jobs.worker import Busy
from cutout.web.app import create_app
from cutout.web.concurrency import Slots
from tests.conftest import encoded, opened
from tests.credit_services import CreditServices, StubEngine
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable
from tests.web.service import Service, code
from tests.web_ports import ports

JOBS, REMOVEBG = "/v1.0/jobs", "/v1.0/removebg"


class JobService(Service):
    """A service with a queue of jobs; work() runs them."""

    def __init__(self, engine, table, bucket, account, aws, url, **changes):
        self.sqs, self.url = aws.client("sqs"), url
        self.engine = engine
        queue = SqsQueue(aws.service("sqs"), url)
        super().__init__(engine, table, bucket, account, queue=queue, **changes)
        self.worker = self.services.job_services.worker(engine, fetch=changes.get("fetch"))

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
        return [entry.charged for entry in self.services.settled(account)]


@pytest.fixture
def service(engine, ledger_table, bucket, account, aws, queue, photo):
    return JobService(
        engine, ledger_table, bucket, account, aws, queue, fetch=lambda url, deadline: photo
    )


@pytest.fixture
def local(engine):
    """A service whose stores are in memory and which asks for no key, and its client."""
    stores = {"bucket": MemoryBucket(Clock()), "queue": MemoryQueue()}
    money = CreditServices(MemoryTable(), Clock(), engine, **stores)
    app = create_app(ports(engine, **money.ports() | {"ask_for_keys": False}))
    return TestClient(app), money


def test_a_job_is_queued_run_and_has_a_status(service, photo, account):
    response = service.client.post(JOBS, files={"image_file": photo}, data={"size": "full"})

    job = response.json()["data"]
    assert response.status_code == 202
    assert response.headers["Location"] == job["status_url"] == f"{JOBS}/{job['job_id']}"
    assert job["status"] == service.status(job)["status"] == "queued"

    service.work()

    reported = service.status(job)
    address = reported.pop("result_url")
    assert reported.pop("created_at").startswith("20")
    assert reported == {
        "job_id": job["job_id"], "status": "done", "width": 120, "height": 90,
        "foreground_left": 31, "foreground_top": 16, "foreground_width": 59,
        "foreground_height": 59, "model": "red", "model_version": "3",
        "subjects": 1, "looks": 1, "looks_skipped": 0,
        "confidence": 0.6, "credits_charged": 0.25,
    }  # fmt: skip
    assert opened(requests.get(address).content).size == (120, 90)
    assert service.charges(account) == [1]


@pytest.mark.parametrize(
    "parameters",
    [{}, {"format": "webp", "crop": "true"}, {"bg_color": "fff"}, {"channels": "alpha"}],
    ids=str,
)
def test_a_job_of_any_source_gives_the_bytes_that_removebg_gives(service, photo, parameters):
    values = {"size": "50MP"} | parameters
    direct = service.client.post(REMOVEBG, files={"image_file": photo}, data=values).content
    jobs = [
        service.create(files={"image_file": photo}, data=values),
        service.create(json={"image_file_b64": b64encode(photo).decode()} | values),
        service.create(data={"image_url": "https://a.example/a.png"} | values),
        service.create(json={"upload_id": service.uploaded(photo)} | values),
    ]

    service.work()

    for job in jobs:
        assert requests.get(service.status(job)["result_url"]).content == direct


def test_a_job_takes_a_background_and_an_alpha(service, photo, red_disc):
    sent = {
        "files": {
            "image_file": photo,
            "alpha_file": encoded(red_disc[0].convert("L"), "PNG"),
            "bg_image_file": encoded(red_disc[0].rotate(180), "PNG"),
        },
        "data": {"size": "full"},
    }
    direct = service.client.post(REMOVEBG, **sent)
    job = service.create(**sent)

    service.work()

    reported = service.status(job)
    assert "model" not in reported  # the alpha was the caller's own
    assert requests.get(reported["result_url"]).content == direct.content


def test_an_uploads_job_outlives_its_upload(service, photo):
    upload_id = service.uploaded(photo)
    job = service.create(json={"upload_id": upload_id})

    assert service.client.delete(f"/v1.0/uploads/{upload_id}").status_code == 204
    service.work()

    assert service.status(job)["status"] == "done"


def test_a_message_delivered_twice_is_charged_once(service, photo, account):
    job = service.create(files={"image_file": photo})
    for _ in range(2):
        service.sqs.send_message(
            QueueUrl=service.url, MessageBody=json.dumps({"job_id": job["job_id"]})
        )

    service.work()

    assert service.status(job)["status"] == "done"
    assert service.charges(account) == [1]


def test_of_concurrent_workers_one_runs_a_job(service, photo, account):
    engine = StubEngine()
    workers = 8
    barrier = Barrier(workers)
    jobs = [service.create(files={"image_file": b"%d" % n}) for n in range(10)]

    def work(_):
        busy = 0
        worker = service.services.job_services.worker(engine)
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
    assert {service.status(job)["status"] for job in jobs} == {"done"}
    assert len(service.charges(account)) == 10
    assert service.services.is_balanced(account)


def test_a_job_with_an_unreadable_picture_fails_alone(service, photo, account):
    bad, good = (service.create(files={"image_file": data}) for data in (b"words", photo))

    service.work()

    reported = service.status(bad)
    assert (reported["status"], reported["error"]["code"]) == ("failed", "invalid_file_type")
    assert reported["error"].keys() == {"code", "title", "detail"}
    assert "result_url" not in reported
    assert service.status(good)["status"] == "done"
    assert service.charges(account) == [1]


def test_a_deleted_job_leaves_no_pictures_and_no_result(service, photo):
    queued, done = (service.create(files={"image_file": photo}) for _ in range(2))
    assert service.client.delete(queued["status_url"]).status_code == 204
    service.work()
    address = service.status(done)["result_url"]

    assert service.client.delete(done["status_url"]).status_code == 204

    assert requests.get(address).status_code == 404
    assert service.status(queued)["status"] == "cancelled"
    assert service.status(done)["status"] == "done"
    assert "result_url" not in service.status(done)
    assert list(service.bucket.files(f"jobs/{done['job_id']}/")) == []


def test_an_idempotency_key_gives_the_same_job(service, photo):
    named = {"Idempotency-Key": "order 66"}
    first, second = (service.create(files={"image_file": photo}, headers=named) for _ in range(2))

    other = service.client.post(
        JOBS, files={"image_file": photo}, data={"crop": "1"}, headers=named
    )

    assert first == second
    assert code(other) == (422, "idempotency_key_reused")


def test_a_job_of_another_account_is_not_found(engine):
    clock = Clock()
    stores = {"bucket": MemoryBucket(clock), "queue": MemoryQueue()}
    money = CreditServices(MemoryTable(), clock, engine, **stores)
    app = create_app(ports(engine, **money.ports()))
    shop, shed = (
        TestClient(app, headers={"X-Api-Key": money.accounts.create_key(account)})
        for account in ("shop", "shed")
    )
    money.ledger.grant("shop", 4)
    url = shop.post(JOBS, files={"image_file": b"photo"}).json()["data"]["status_url"]

    for act in (shed.get, shed.delete):
        assert code(act(url)) == (404, "job_not_found")
    assert shop.get(url).status_code == 200


def test_an_api_key_is_limited_to_its_rate_of_jobs(engine):
    clock = Clock()
    stores = {"bucket": MemoryBucket(clock), "queue": MemoryQueue()}
    services = CreditServices(MemoryTable(), clock, engine, **stores)
    key = services.accounts.create_key("shop", megapixels_per_minute=2)
    services.ledger.grant("shop", 4)
    app = create_app(ports(engine, **services.ports()))
    client = TestClient(app, headers={"X-Api-Key": key})

    responses = [client.post(JOBS, json={"image_url": "https://a.example/"}) for _ in range(3)]

    assert [response.status_code for response in responses] == [202, 202, 429]
    assert len(services.queue.receive()) == 2


def test_an_account_without_credits_gets_402_for_a_job(engine):
    stores = {"bucket": MemoryBucket(Clock()), "queue": MemoryQueue()}
    services = CreditServices(MemoryTable(), Clock(), engine, **stores)
    app = create_app(ports(engine, **services.ports()))
    live, test = (services.accounts.create_key("shop", is_test=is_test) for is_test in (0, 1))
    sent = {"files": {"image_file": b"photo"}}

    refused = TestClient(app, headers={"X-Api-Key": live}).post(JOBS, **sent)
    free = TestClient(app, headers={"X-Api-Key": test}).post(JOBS, **sent)

    assert code(refused) == (402, "insufficient_credits")
    assert free.status_code == 202
    assert len(services.queue.receive()) == 1


def test_a_job_tells_what_it_does_otherwise_than_asked_and_a_strict_one_is_refused(local, photo):
    client, money = local

    def create(**headers):
        sent = {"files": {"image_file": photo}, "data": {"shadow_type": "3D"}}
        return client.post(JOBS, **sent, headers=headers)

    taken, refused = create(), create(**{"X-Cutout-Strict": "true"})

    assert taken.status_code == 202
    assert taken.headers["X-Cutout-Notice"].startswith("shadow_type=3D: a drop shadow")
    assert code(refused) == (400, "unsupported_option")
    assert len(money.queue.receive()) == 1


def test_a_job_is_taken_while_pictures_in_work_hold_all_slots(engine, photo):
    stores = {"bucket": MemoryBucket(Clock()), "queue": MemoryQueue()}
    money = CreditServices(MemoryTable(), Clock(), engine, **stores)
    changes = {"ask_for_keys": False, "slots": Slots(0), "deadline_s": 1}
    client = TestClient(create_app(ports(engine, **money.ports() | changes)))

    assert client.post(JOBS, files={"image_file": photo}).status_code == 202


def test_without_keys_anyone_may_create_jobs(local, photo):
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
def test_an_invalid_request_makes_no_job(local, sent, expected):
    client, _ = local

    assert code(client.post(JOBS, json=sent)) == (400, expected)


def test_without_a_webhook_queue_a_webhook_url_is_refused(local):
    client, money = local
    money.job_services.jobs._notifies = False

    response = client.post(
        JOBS, json={"image_url": "https://a.example/", "webhook_url": "https://b.example/"}
    )

    assert code(response) == (400, "unsupported_option")


@pytest.mark.parametrize(("route", "name"), [(REMOVEBG, "image_file"), ("/api/remove", "file")])
def test_a_timeout_names_jobs_which_have_more_time(engine, photo, route, name):
    def too_late(data, options, deadline):
        return engine.remove_background(data, options, replace(deadline, at=0))

    stores = {"bucket": MemoryBucket(Clock()), "queue": MemoryQueue()}
    money = CreditServices(MemoryTable(), Clock(), engine, **stores)
    changes = {"ask_for_keys": False, "remove_background": too_late, "deadline_s": 24}
    client = TestClient(create_app(ports(engine, **money.ports() | changes)))

    response = client.post(route, files={name: photo})

    assert code(response) == (504, "timeout")
    assert f"or send it to {JOBS}, which has more time" in response.text


@pytest.mark.parametrize(
    ("store", "method"), [("_table", "write"), ("_bucket", "put"), ("_queue", "send")]
)
def test_a_job_that_a_busy_store_refused_is_queued_on_retry(
    local, photo, monkeypatch, store, method
):
    def down(*values):
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


def test_the_status_has_the_attempts_to_deliver_the_webhook(local, photo):
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

    def reported():
        return client.get(job["status_url"]).json()["data"]["webhook"]

    assert reported() == {"state": "waiting", "attempts": []}
    (message,) = money.queue.receive()
    money.job_services.worker(StubEngine()).run(message)
    (hook,) = money.queue.receive()
    while (delivery := webhooks.deliver(Webhook(**json.loads(hook)))).state == "waiting":
        clock.now += delivery.wait_s

    assert reported() == {
        "state": "delivered",
        "attempts": [
            {"at": "2027-01-15T08:00:00.000+00:00", "ms": 250, "status": 500},
            {"at": "2027-01-15T08:00:05.250+00:00", "ms": 250, "error": "timeout"},
            {"at": "2027-01-15T08:00:35.500+00:00", "ms": 250, "status": 204},
        ],
    }


def test_the_status_has_no_attempts_without_a_webhook(local, photo):
    client, _ = local

    url = client.post(JOBS, files={"image_file": photo}).json()["data"]["status_url"]

    assert "webhook" not in client.get(url).json()["data"]


def test_removebg_has_no_webhooks(local, photo):
    client, _ = local

    response = client.post(
        REMOVEBG, files={"image_file": photo}, data={"webhook_url": "https://b.example/"}
    )

    assert code(response) == (400, "unsupported_option")
