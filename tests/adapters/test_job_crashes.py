"""Workers that are killed at any moment, on DynamoDB, S3 and SQS."""

import json
import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from cutout.adapters.dynamodb import DynamoDbTable
from cutout.adapters.s3 import S3Bucket
from cutout.adapters.sqs import SqsQueue
from cutout.errors import Unavailable
from cutout.services.job import FINAL
from cutout.services.work import Busy
from tests.adapters.test_crashes import digits, open_reservations
from tests.money import Idle, Money
from tests.workshop import Workshop, new_id, order

JOBS, KILLS, SERVERS, THREADS = 200, 60, 2, 4
HIDDEN_S = LEASE_S = 1  # a message that is taken, and a job; whole seconds are SQS's
MOST_S = 60


class Slow(Idle):
    """So that there is time to die in. Writes down what it has begun."""

    def __init__(self, log):
        super().__init__()
        self._log = log

    def remove_background(self, photo, options, deadline):
        note(self._log, b"%d %s" % (os.getpid(), photo))
        time.sleep(random.uniform(0, 0.2))
        return super().remove_background(photo, options, deadline)


class Logged(DynamoDbTable):
    """Writes down, after the fact, which job has ended."""

    def __init__(self, client, name, log):
        super().__init__(client, name)
        self._log = log

    def write(self, *writes):
        super().write(*writes)
        for write in writes:
            if write.set.get("state") in FINAL:
                note(self._log, write.key.pk.encode())


def note(log, line):
    with log.open("ab", buffering=0) as file:
        file.write(line + b"\n")


def workshop(aws, names, table):
    sqs = aws.client("sqs")
    return Workshop(
        table,
        S3Bucket(aws.client("s3"), names["bucket"]),
        SqsQueue(sqs, names["queue"]),
        SqsQueue(sqs, names["webhooks"]),
        time.time,
    )


def serve(aws, names, folder):
    """A worker, and another whenever that is killed; forked, so that it is there at once."""
    shop = workshop(aws, names, Logged(aws.client("dynamodb"), names["table"], folder / "ended"))
    worker = shop.worker(Slow(folder / "begun"), lease_s=LEASE_S, receives=10**6)
    sqs = aws.client("sqs")
    while True:
        if pid := os.fork():
            note(folder / "workers", b"%d" % pid)
            _, status = os.waitpid(pid, 0)
            note(folder / "ends", b"%d" % os.waitstatus_to_exitcode(status))
        else:
            random.seed()
            take(worker, sqs, names["queue"])


def take(worker, sqs, url):
    """Messages, in four threads, until it is killed."""

    def work(_):
        while True:
            got = sqs.receive_message(QueueUrl=url, VisibilityTimeout=HIDDEN_S)
            for each in got.get("Messages", []):
                try:
                    worker.run(each["Body"])
                except (Busy, Unavailable):
                    continue
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))


@pytest.mark.aws
def test_killed_at_any_moment_each_job_ends_once_is_paid_once_and_is_told_of(
    aws, resources, account, queue, tmp_path
):
    sqs = aws.client("sqs")
    names = {
        "table": resources["LedgerTable"],
        "bucket": resources["PictureBucket"],
        "queue": queue,
        "webhooks": sqs.create_queue(QueueName=new_id())["QueueUrl"],
    }
    table = DynamoDbTable(aws.client("dynamodb"), names["table"])
    money, shop = Money(table, time.time, Idle(), digits), workshop(aws, names, table)
    key = money.accounts.create_key(account, megapixels_per_minute=1_000_000)
    money.ledger.grant(account, 4 * JOBS)
    asked = order(money.accounts.authenticate(key), "https://shop.example/hook")
    jobs = [shop.jobs.create(asked, {"photo": b"%d" % n}, "").id for n in range(JOBS)]
    killed = set()
    begun, ends = tmp_path / "begun", tmp_path / "ends"
    chance, until = random.Random(0), time.monotonic() + MOST_S
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    servers = [context.Process(target=serve, args=(aws, names, tmp_path)) for _ in range(SERVERS)]
    for server in servers:
        server.start()

    while len(lines(ends)) < KILLS and not is_empty(sqs, queue) and time.monotonic() < until:
        busy = {line.split()[0] for line in lines(begun)} - killed
        for pid in busy:
            time.sleep(chance.uniform(0, 0.2))
            os.kill(int(pid), signal.SIGKILL)
        killed |= busy
    while not is_empty(sqs, queue) and time.monotonic() < until:
        time.sleep(0.1)
    for server in servers:
        server.kill()
        server.join()
    for pid in set(lines(tmp_path / "workers")) - killed:
        os.kill(int(pid), signal.SIGKILL)

    assert set(lines(ends)) == {str(-signal.SIGKILL)}
    assert is_empty(sqs, queue)
    assert {shop.jobs.find(account, job).state for job in jobs} == {"done"}
    assert set(Counter(lines(tmp_path / "ended")).values()) == {1}
    assert len(lines(begun)) > JOBS + KILLS / 2  # deaths came in the midst of it
    settled = [entry.reservation for entry in money.settled(account)]
    assert len(settled) == len(set(settled)) == JOBS
    assert money.ledger.balance(account) == 0
    assert money.is_balanced(account)
    assert open_reservations(money, account) == 0
    told = received(sqs, names["webhooks"])
    assert {each["id"] for each in told} == {f"msg_{job}" for job in jobs}
    assert len({json.dumps(each) for each in told}) == JOBS


def lines(log):
    return log.read_text().splitlines() if log.exists() else []


def is_empty(sqs, url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return all(count == "0" for count in counts.values())


def received(sqs, url):
    found = []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(each["Body"]) for each in got]
    return found
