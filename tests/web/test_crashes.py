"""A service on DynamoDB whose processes are killed at random moments."""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from uuid import uuid4

from starlette.testclient import TestClient

from cutout.aws.dynamodb import DynamoDbTable
from cutout.credits.ledger import ABANDONED_AFTER_S
from cutout.web.app import create_app
from tests.credit_services import CreditServices, StubEngine
from tests.web_ports import ports
from tools.time_limits import wait_until


class Slow(StubEngine):
    """An engine that takes time, so that its process may be killed meanwhile."""

    def remove_background(self, photo, options, deadline):
        time.sleep(random.uniform(0, 0.01))
        return super().remove_background(photo, options, deadline)


def digits(length):
    return uuid4().hex[:length] + uuid4().hex[: max(0, length - 32)]


def serve(aws, name, key, pictures, answered):
    """Requests a cutout of each picture in sixteen threads, and logs the statuses."""
    table = DynamoDbTable(aws.service("dynamodb"), name)
    app = create_app(ports(Slow(), **CreditServices(table, time.time, Slow()).ports()))
    client = TestClient(app, headers={"X-Api-Key": key})
    log = os.open(answered, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def call(number):
        sent = {"files": {"image_file": b"%d" % number}, "data": {"size": "full"}}
        status = client.post("/v1.0/removebg", **sent).status_code
        os.write(log, f"{number} {status}\n".encode())

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(call, pictures))


def test_a_service_killed_at_any_moment_loses_no_credit_and_charges_once(
    aws, resources, account, by_night, tmp_path
):
    pictures, credits, kills = (500, 300, 30) if by_night else (200, 100, 3)
    name, answered = resources["LedgerTable"], tmp_path / "answered"
    money = CreditServices(
        DynamoDbTable(aws.service("dynamodb"), name), time.time, StubEngine(), digits
    )
    key = money.accounts.create_key(account, megapixels_per_minute=1_000_000)
    money.ledger.grant(account, 4 * credits)
    # A server that forks, so that not each of them imports everything again.
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    chance = random.Random(0)

    def run(is_killed):
        order, before = chance.sample(range(pictures), pictures), lines(answered)
        process = context.Process(target=serve, args=(aws, name, key, order, answered))
        process.start()
        if is_killed:
            enough = before + chance.randint(1, 5)
            while lines(answered) < enough and process.is_alive():
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.02))
            os.kill(process.pid, signal.SIGKILL)
        process.join()
        return process.exitcode

    exits = [run(is_killed=True) for _ in range(kills)]
    while len(exits) < 30 and not open_reservations(money, account):  # none was hit in its work
        exits.append(run(is_killed=True))
    in_between = steady(lambda: open_reservations(money, account))
    swept = swept_by(aws, name)

    assert set(exits) == {-signal.SIGKILL}
    assert swept == in_between > 0
    assert holds(money, account, credits)
    # What is left is there to be spent, to the last quarter.
    assert run(is_killed=False) == 0
    assert money.ledger.balance(account) == 0
    assert holds(money, account, credits)
    assert len(money.settled(account)) == credits
    said = [line.split() for line in answered.read_text().splitlines()]
    assert len({number for number, status in said if status == "200"}) == credits


def lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def steady(count):
    """Waits until the count stays the same, since writes of a killed process may still arrive."""
    seen = []

    def is_steady():
        seen.append(count())
        time.sleep(0.01)
        return len(seen) >= 20 and len(set(seen[-20:])) == 1

    wait_until(is_steady, "a count that stays")
    return seen[-1]


def swept_by(aws, name):
    later = CreditServices(
        DynamoDbTable(aws.service("dynamodb"), name),
        lambda: time.time() + ABANDONED_AFTER_S + 1,
        StubEngine(),
    )
    return later.ledger.sweep()


def open_reservations(money, account):
    entries = list(money.ledger.entries(account))
    ended = {entry.reservation for entry in entries if entry.kind in ("settle", "release")}
    return len({entry.reservation for entry in entries if entry.kind == "reserve"} - ended)


def holds(money, account, credits):
    settled = [entry.reservation for entry in money.settled(account)]
    return (
        money.is_balanced(account)
        and open_reservations(money, account) == 0
        and len(settled) == len(set(settled))
        and money.ledger.balance(account) == 4 * (credits - len(settled))
    )
