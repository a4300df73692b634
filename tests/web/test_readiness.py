"""/readyz and the tables and bucket."""

import asyncio
import threading

import pytest
from starlette.testclient import TestClient

from cutout.errors import Unavailable
from cutout.web.app import create_app
from cutout.web.readiness import KEPT_S, Readiness
from tests.memory import Clock
from tests.web_ports import ports
from tools.time_limits import limit_s


class Stores:
    def __init__(self):
        self.probes = 0
        self.are_down = False

    def __call__(self):
        self.probes += 1
        if self.are_down:
            raise Unavailable("the service's table cannot be reached; try again")


@pytest.fixture
def stores():
    return Stores()


def client(engine, readiness):
    return TestClient(create_app(ports(engine, readiness=readiness)))


def test_a_server_whose_tables_do_not_respond_is_not_ready_until_they_do(engine, stores, clock):
    service = client(engine, Readiness(stores, clock))
    answers = []
    for are_down in (False, True, False):
        stores.are_down = are_down
        clock.now += KEPT_S
        answers.append(service.get("/readyz"))

    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].json()["errors"][0]["code"] == "unavailable"
    assert int(answers[1].headers["retry-after"]) > 0


def test_tables_are_asked_once_in_some_seconds_and_never_by_healthz(engine, stores):
    clock = Clock()
    service = client(engine, Readiness(stores, clock))
    for _ in range(10):
        service.get("/readyz")
        service.get("/healthz")

    assert stores.probes == 1


def test_tables_that_hang_are_asked_once_and_not_waited_for(engine):
    go, probes = threading.Event(), []

    def probe():
        probes.append(1)
        assert go.wait(limit_s(60))

    service = client(engine, Readiness(probe, timeout_s=0.05))
    answers = [service.get("/readyz").status_code for _ in range(5)]
    go.set()

    assert answers == [503] * 5
    assert len(probes) == 1


def test_a_probe_that_fails_after_nobody_waits_for_it_logs_no_traceback(caplog):
    go = threading.Event()

    def probe():
        assert go.wait(limit_s(60))
        raise Unavailable("the service's table cannot be reached; try again")

    async def check():
        readiness = Readiness(probe, timeout_s=0.05)
        with pytest.raises(Unavailable, match="in time"):
            await readiness.check()
        go.set()
        while not readiness._result.done():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)

    asyncio.run(check())

    assert caplog.text == ""
