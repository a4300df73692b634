"""Workers on DynamoDB, S3 and SQS that are killed at random moments, and their webhooks."""

import json
import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from multiprocessing import get_context
from threading import Event, Lock

import pytest

from cutout import bootstrap
from cutout.aws.dynamodb import DynamoDbTable
from cutout.aws.s3 import S3Bucket
from cutout.aws.sqs import SqsQueue
from cutout.errors import Unavailable, UnknownForeground
from cutout.jobs.job import FINAL
from cutout.jobs.worker import Busy
from cutout.net.post import Poster
from cutout.ports import Key
from tests import sqs_events
from tests.conftest import served
from tests.credit_services import CreditServices, StubEngine
from tests.job_services import JobServices, job_request
from tests.jobs.test_webhook_secrets import expected
from tests.policies import reaching
from tests.web.test_crashes import digits, open_reservations
from tools.time_limits import wait_until

SERVERS = 2
HIDDEN_S = LEASE_S = 1  # a message that is taken, and a job; whole seconds are SQS's
RECENT_S = 300  # what a receiver takes, as README has it


class Slow(StubEngine):
    """An engine that takes time, and logs each photo that it begins."""

    def __init__(self, log):
        super().__init__()
        self._log = log

    def remove_background(self, photo, options, deadline):
        note(self._log, b"%d %s" % (os.getpid(), photo))
        time.sleep(random.uniform(0, 0.02))
        if has_no_subject(photo):
            raise UnknownForeground("nothing stands out")
        return super().remove_background(photo, options, deadline)


def has_no_subject(photo):
    return int(photo) % 10 == 0


class Logged(DynamoDbTable):
    """A table that logs each job once it has ended."""

    def __init__(self, client, name, log):
        super().__init__(client, name)
        self._log = log

    def write(self, *writes):
        super().write(*writes)
        for write in writes:
            if write.set.get("state") in FINAL:
                note(self._log, write.key.pk.encode())


class Receiver(BaseHTTPRequestHandler):
    """Responds after a while, and rejects unsigned webhooks with 401."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(random.uniform(0, 0.02))
        with suppress(ConnectionError):  # whoever posted it has been killed
            self.send_response(self.server.answer(self.headers, body))
            self.end_headers()

    def log_message(self, *args):
        pass


class WebhookReceiver(ThreadingHTTPServer):
    """A receiver that fails at the first delivery of one webhook in four."""

    request_queue_size = 50

    def __init__(self, secret):
        super().__init__(("127.0.0.1", 0), Receiver)
        self.taken, self.refused = [], []
        self._secret = secret
        self._broken_at = set()
        self._lock = Lock()

    def answer(self, headers, body):
        if not self._is_signed(headers, body):
            self.refused.append(body)
            return 401
        name = headers["webhook-id"]
        with self._lock:
            if name not in self._broken_at and random.random() < 0.25:
                self._broken_at.add(name)
                return 500
        self.taken.append((name, json.loads(body)["data"]))
        return 200

    def _is_signed(self, headers, body):
        name, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "0")
        right = expected(self._secret, f"{name}.{moment}.".encode() + body)
        sent = headers.get("webhook-signature", "").split()
        return right in sent and abs(time.time() - int(moment)) < RECENT_S


def note(log, line):
    with log.open("ab", buffering=0) as file:
        file.write(line + b"\n")


def job_services(aws, names, table, most_jobs=0):
    return JobServices(
        table,
        S3Bucket(aws.caller("s3"), names["bucket"]),
        SqsQueue(aws.service("sqs"), names["queue"]),
        SqsQueue(aws.service("sqs"), names["webhooks"]),
        time.time,
        most_jobs=most_jobs,
    )


def jobs_taker(aws, names, folder):
    shop = job_services(
        aws, names, Logged(aws.service("dynamodb"), names["table"], folder / "ended")
    )
    worker = shop.worker(Slow(folder / "begun"), lease_s=LEASE_S, receives=10**6)
    sqs, url = aws.client("sqs"), names["queue"]

    def take():
        for each in received(sqs, url, VisibilityTimeout=HIDDEN_S):
            try:
                worker.run(each["Body"])
            except (Busy, Unavailable):
                continue
            forget(sqs, url, each)

    return take


def webhooks_taker(aws, names, folder):
    """Runs WebhookFunction as Lambda does."""
    os.environ.update(aws.environment())
    os.environ.update(CUTOUT_LEDGER_TABLE=names["table"], CUTOUT_STATE_TABLE=names["table"])
    from cutout.lambdas import webhook

    # The service's own policy lets no webhook go to this machine.
    webhook.webhooks._post = Poster(
        reaching(lambda address, port: (address, port) == (ip_address("127.0.0.1"), names["port"]))
    )
    sqs, url = aws.client("sqs"), names["webhooks"]

    def take():
        got = received(
            sqs, url, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=2 * HIDDEN_S
        )
        if not got:
            return
        note(folder / "begun", b"%d" % os.getpid())
        event = sqs_events.event(got, names["arn"])
        stay = sqs_events.failed(webhook.handler(event, sqs_events.CONTEXT))
        for each in got:
            if each["MessageId"] not in stay:
                forget(sqs, url, each)

    return take


# Who takes messages, in how many threads, and how many of them are killed by night.
KINDS = {"jobs": (jobs_taker, 4, 60), "webhooks": (webhooks_taker, 1, 30)}


def serve(kind, aws, names, folder):
    """Runs a worker, and another whenever that is killed. It is forked, so that it starts at once.
    No client is used before the fork, or all workers would share its connection."""
    taker, threads, _ = KINDS[kind]
    take = taker(aws, names, folder)
    while True:
        if pid := os.fork():
            note(folder / "workers", b"%d" % pid)
            _, status = os.waitpid(pid, 0)
            note(folder / "ends", b"%d" % os.waitstatus_to_exitcode(status))
        else:
            random.seed()
            go_on(take, threads)


def go_on(take, threads):
    def work(_):
        while True:
            take()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))


def hunt(folder, most, over):
    """Kills workers soon after they begin a photo, until enough have ended; returns their pids."""
    killed, chance = set(), random.Random(0)
    while not over.is_set() and len(lines(folder / "ends")) < most:
        for pid in {line.split()[0] for line in lines(folder / "begun")} - killed:
            time.sleep(chance.uniform(0, 0.02))
            kill(pid)
            killed.add(pid)
        time.sleep(0.01)
    return killed


def kill(pid):
    with suppress(ProcessLookupError):  # it has ended by itself, which `ends` tells
        os.kill(int(pid), signal.SIGKILL)


@pytest.fixture
def receiver(aws, resources, account):
    """A receiver of webhooks with a secret."""
    table = DynamoDbTable(aws.service("dynamodb"), resources["LedgerTable"])
    bootstrap.accounts(table).create_key(account)
    with served(WebhookReceiver(bootstrap.webhook_secrets(table).create(account))) as shop:
        yield shop


def test_jobs_of_workers_killed_at_any_moment_end_once_are_charged_once_and_notify(
    aws, resources, account, queue, receiver, repeats, by_night, tmp_path
):
    count = repeats(200)
    sqs = aws.client("sqs")
    names = {
        "table": resources["LedgerTable"],
        "bucket": resources["PictureBucket"],
        "queue": queue,
        "webhooks": resources["WebhookQueue"],
        "arn": sqs_events.arn(sqs, resources["WebhookQueue"]),
        "port": receiver.server_port,
    }
    table = DynamoDbTable(aws.service("dynamodb"), names["table"])
    money, shop = (
        CreditServices(table, time.time, StubEngine(), digits),
        job_services(aws, names, table, most_jobs=count),
    )
    key = money.accounts.create_key(account, megapixels_per_minute=1_000_000)
    money.ledger.grant(account, 4 * count)
    caller = money.accounts.authenticate(key)
    request = job_request(caller, f"http://127.0.0.1:{receiver.server_port}/hook")
    ids = [shop.jobs.create(request, {"photo": b"%d" % n}, "").id for n in range(count)]
    folders = {kind: tmp_path / kind for kind in KINDS}

    work_and_kill(aws, names, folders, repeats)

    failed = [job for n, job in enumerate(ids) if has_no_subject(n)]
    states = dict.fromkeys(ids, "done") | dict.fromkeys(failed, "failed")
    assert {job: shop.jobs.find(account, job).state for job in ids} == states
    begun, ended = lines(folders["jobs"] / "begun"), lines(folders["jobs"] / "ended")
    assert set(Counter(ended).values()) == {1}
    assert len(begun) > count + repeats(30)  # deaths came in the midst of it
    settled = [entry.reservation for entry in money.settled(account)]
    assert len(settled) == len(set(settled)) == count - len(failed)
    assert money.ledger.balance(account) == 4 * len(failed)
    assert money.is_balanced(account)
    assert open_reservations(money, account) == 0
    day = shop.jobs.find(account, ids[0]).created_at[:10]
    counts = table.get(Key(f"backlog#{account}#{day}", "backlog"))
    assert (counts["open"], counts["webhooks"]) == (0, len(failed))
    assert_each_is_notified(receiver, states)
    if by_night:  # some die between an arrival and its entry in the log; of few, perhaps none
        assert len(receiver.taken) > count
    for job in ids:
        attempts = shop.jobs.attempts(shop.jobs.find(account, job))
        assert 200 in {attempt.status for attempt in attempts}
    assert is_empty(sqs, resources["WebhookDeadLetters"])


def work_and_kill(aws, names, folders, repeats):
    """Let workers of each kind empty both queues, and kill some of them in the midst of it."""
    sqs = aws.client("sqs")
    for folder in folders.values():
        folder.mkdir()
    over = Event()
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    servers = [
        context.Process(target=serve, args=(kind, aws, names, folder))
        for kind, folder in folders.items()
        for _ in range(SERVERS)
    ]

    def is_done():
        return is_empty(sqs, names["queue"]) and is_empty(sqs, names["webhooks"])

    for server in servers:
        server.start()
    with ThreadPoolExecutor() as pool:
        hunts = [
            pool.submit(hunt, folder, repeats(KINDS[kind][-1]), over)
            for kind, folder in folders.items()
        ]
        try:
            wait_until(is_done, "both queues to be empty", seconds=240)
        finally:
            over.set()
    killed = set().union(*(each.result() for each in hunts))
    for server in servers:
        server.kill()
        server.join()
    workers = [pid for folder in folders.values() for pid in lines(folder / "workers")]
    for pid in set(workers) - killed:
        kill(pid)
    ends = {end for folder in folders.values() for end in lines(folder / "ends")}
    assert ends == {str(-signal.SIGKILL)}


def assert_each_is_notified(receiver, states):
    """Each job has one status, whose webhook arrived at least once, with the same name and body."""
    assert receiver.refused == []
    assert {(name, data["job_id"]) for name, data in receiver.taken} == {
        (f"msg_{job}", job) for job in states
    }
    assert {data["job_id"]: data["status"] for _, data in receiver.taken} == states
    assert len({json.dumps(data) for _, data in receiver.taken}) == len(states)


def lines(log):
    return log.read_text().splitlines() if log.exists() else []


def is_empty(sqs, url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return all(count == "0" for count in counts.values())


def received(sqs, url, **config):
    return sqs.receive_message(QueueUrl=url, **config).get("Messages", [])


def forget(sqs, url, message):
    # Whose time has run out may find that another has received it since; only the emulator minds.
    with suppress(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
