"""Slots, and requests whose clients go away."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from cutout.deadline import NEVER, Deadline
from cutout.errors import Abandoned, AuthFailed, DeadlineExceeded, ImageDownloadFailed, QueueFull
from cutout.web.app import create_app
from cutout.web.concurrency import Slots
from tests.credit_services import CreditServices
from tests.memory import Clock, MemoryBucket, MemoryTable
from tests.web.service import REMOVEBG, Service
from tests.web_ports import ports
from tools.time_limits import limit_s, wait_until

REMBG = "/api/remove"


def multipart(photo, name="file"):
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="a"\r\n\r\n'.encode()
    return head + photo + b"\r\n--x--\r\n"


class Connection:
    """A request to an app, whose client may hang up."""

    def __init__(self, app, body=b"", path=REMBG, method="POST", query=b"", headers=()):
        self._app = app
        self._scope = {
            "type": "http", "method": method, "path": path, "query_string": query,
            "headers": [(b"content-type", b"multipart/form-data; boundary=x"), *headers],
            "http_version": "1.1", "client": ("127.0.0.1", 1), "root_path": "",
        }  # fmt: skip
        self._messages = asyncio.Queue()
        if body is not None:
            self._messages.put_nowait({"type": "http.request", "body": body})
        self.status = None
        self.headers = ()

    def hang_up(self):
        self._messages.put_nowait({"type": "http.disconnect"})

    async def send(self):
        """Return the status of the response."""
        await self._app(self._scope, self._messages.get, self._receive_response)
        return self.status

    async def _receive_response(self, message):
        self.status = message.get("status", self.status)
        self.headers = dict(message.get("headers", self.headers))


class Engine:
    """Makes a cutout when it is allowed to."""

    def __init__(self, engine):
        self._engine = engine
        self.go = threading.Event()
        self.photos = []

    def remove_background(self, photo, options, deadline):
        self.photos.append(photo)
        assert self.go.wait(limit_s(20))
        return self._engine.remove_background(photo, options, deadline)

    def __getattr__(self, name):
        return getattr(self._engine, name)


@pytest.fixture
def busy(engine):
    """An engine, and an app with one slot."""
    slow = Engine(engine)
    return slow, create_app(ports(slow, slots=Slots(1)))


async def until(condition):
    async with asyncio.timeout(limit_s(20)):
        while not condition():
            await asyncio.sleep(0.001)


def test_slots_go_to_requests_in_the_order_in_which_they_came():
    slots, order = Slots(1), []

    async def request(number):
        async with slots.slot(NEVER):
            order.append(number)
            await asyncio.sleep(0)

    async def run():
        async with asyncio.TaskGroup() as tasks:
            for number in range(10):
                tasks.create_task(request(number))

    asyncio.run(run())

    assert order == list(range(10))


def test_a_request_waits_for_a_slot_until_its_deadline():
    slots = Slots(1)

    async def run():
        async with slots.slot(NEVER):
            with pytest.raises(DeadlineExceeded):
                async with slots.slot(Deadline.after(0.001)):
                    raise AssertionError("there was a slot")
        async with slots.slot(Deadline.after(limit_s(20))):
            return "free again"

    assert asyncio.run(run()) == "free again"


def test_a_cancelled_wait_neither_takes_nor_loses_a_slot():
    slots = Slots(2)

    async def hold(entered, leave):
        async with slots.slot(NEVER):
            entered.append(1)
            await leave.wait()

    async def run():
        entered, leave = [], asyncio.Event()
        tasks = [asyncio.create_task(hold(entered, leave)) for _ in range(6)]
        await until(lambda: len(entered) == 2)
        for task in tasks[2:5]:
            task.cancel()
        await asyncio.wait(tasks[2:5])
        tasks[0].cancel()  # the sixth is next
        await until(lambda: len(entered) == 3)
        leave.set()
        await asyncio.wait(tasks)
        async with slots.slot(NEVER), slots.slot(NEVER):  # both are free, and no other
            with pytest.raises(DeadlineExceeded):
                async with slots.slot(Deadline.after(0.001)):
                    raise AssertionError("there was a third slot")
            return len(entered)

    assert asyncio.run(run()) == 3


def test_requests_of_several_event_loops_share_the_slots():
    slots, inside, most, lock = Slots(2), 0, 0, threading.Lock()

    async def request():
        nonlocal inside, most
        async with slots.slot(NEVER):
            with lock:
                inside += 1
                most = max(most, inside)
            await asyncio.sleep(0.0005)
            with lock:
                inside -= 1

    def loop(_):
        for _ in range(20):
            asyncio.run(request())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(loop, range(8)))

    assert most == 2


def test_other_requests_are_answered_while_many_wait_for_a_slot(busy, photo):
    """More than there are threads, which those that wait do not hold."""
    slow, app = busy
    with TestClient(app) as client, ThreadPoolExecutor(60) as pool:
        uploads = [pool.submit(client.post, REMBG, files={"file": photo}) for _ in range(50)]
        wait_until(lambda: slow.photos, "the first photo is in work")
        refused = pool.submit(client.get, REMBG, params={"url": "ftp://a"}).result(limit_s(20))
        health = pool.submit(client.get, "/healthz").result(limit_s(20))
        slow.go.set()

    assert (refused.status_code, health.status_code) == (400, 200)
    assert {upload.result().status_code for upload in uploads} == {200}


@pytest.mark.parametrize("path", [REMBG, REMOVEBG])
def test_past_the_queues_length_a_request_gets_429_before_its_body_is_read(engine, photo, path):
    slow, slots = Engine(engine), Slots(1, most_waiting=2)
    app = create_app(ports(slow, slots=slots))

    async def run():
        inside = [Connection(app, multipart(photo)) for _ in range(3)]
        tasks = [asyncio.create_task(connection.send()) for connection in inside]
        await until(lambda: is_full(slots))
        refused = Connection(app, None, path)
        async with asyncio.timeout(limit_s(20)):
            status = await refused.send()
        slow.go.set()
        return status, refused.headers, [await task for task in tasks]

    status, headers, others = asyncio.run(run())

    assert status == 429
    assert int(headers[b"retry-after"]) > 0
    assert others == [200, 200, 200]


def is_full(slots):
    try:
        slots.check()
    except QueueFull:
        return True
    return False


def test_who_leaves_the_queue_leaves_a_place_in_it():
    slots = Slots(1, most_waiting=1)

    async def wait():
        async with slots.slot(NEVER):
            pass

    async def run():
        async with slots.slot(NEVER):
            for _ in range(3):
                waiting = asyncio.create_task(wait())
                await asyncio.sleep(0)
                with pytest.raises(QueueFull):
                    slots.check()
                waiting.cancel()
                await asyncio.wait([waiting])
                slots.check()

    asyncio.run(run())


class Blocked:
    """A function that responds once it is allowed to."""

    def __init__(self, error):
        self.calls = 0
        self.go = threading.Event()
        self._error = error

    def __call__(self, *arguments):
        self.calls += 1
        assert self.go.wait(limit_s(60))
        raise self._error


def test_downloads_that_take_long_hold_up_no_other_request(engine, account, photo):
    fetch = Blocked(ImageDownloadFailed("at last"))
    service = Service(
        engine, MemoryTable(), MemoryBucket(Clock()), account, Clock(), fetch=fetch,
        downloads=Slots(4), max_bytes=1_000_000,
    )  # fmt: skip
    with service.client as client, ThreadPoolExecutor(60) as pool:
        url = {"image_url": "http://a.example/"}
        waiting = [pool.submit(client.post, REMOVEBG, data=url) for _ in range(45)]
        wait_until(lambda: fetch.calls == 4, "as many downloads as may run")
        cutout = client.post(REMOVEBG, files={"image_file": photo})
        upload = client.post("/v1.0/uploads", json={"type": "image/png", "bytes": 9})
        account_status = client.get("/v1.0/account")
        fetch.go.set()

    assert [cutout.status_code, upload.status_code, account_status.status_code] == [200, 201, 200]
    assert {one.result().status_code for one in waiting} == {400}


def test_tables_that_do_not_respond_take_neither_the_page_nor_health_away(engine, tmp_path):
    authenticate = Blocked(AuthFailed("at last"))
    services = CreditServices(MemoryTable(), Clock(), engine).ports()
    credits = replace(services["credits"], authenticate=authenticate)
    app = create_app(ports(engine, **services | {"credits": credits}))
    (tmp_path / "index.html").write_text("page")
    app.mount("/", StaticFiles(directory=tmp_path, html=True))
    with TestClient(app) as client, ThreadPoolExecutor(60) as pool:
        waiting = [pool.submit(client.get, "/v1.0/account") for _ in range(45)]
        wait_until(lambda: authenticate.calls, "a table to be asked")
        page = pool.submit(client.get, "/").result(limit_s(20))
        health = pool.submit(client.get, "/healthz").result(limit_s(20))
        authenticate.go.set()

    assert (page.text, health.status_code) == ("page", 200)
    assert {one.result().status_code for one in waiting} == {403}


def test_clients_that_hang_up_leave_the_queue_and_only_work_in_progress_is_waited_for(busy, photo):
    slow, app = busy

    async def run():
        gone = [Connection(app, multipart(photo)) for _ in range(8)]
        tasks = [asyncio.create_task(connection.send()) for connection in gone]
        await until(lambda: slow.photos)
        for connection in gone:
            connection.hang_up()
        await until(lambda: sum(task.done() for task in tasks) == 7)
        ninth = asyncio.create_task(Connection(app, multipart(photo)).send())
        slow.go.set()
        return [await task for task in tasks], await ninth

    statuses, ninth = asyncio.run(run())

    assert statuses == [499] * 8
    assert ninth == 200
    assert len(slow.photos) == 2  # of the first and of the ninth


def test_an_abandoned_request_is_not_charged(engine, account, photo):
    slow = Engine(engine)
    service = Service(slow, MemoryTable(), MemoryBucket(Clock()), account, Clock())
    slow.photos.clear()
    credits = service.services.ledger.balance(account)
    key = [(b"x-api-key", service.key.encode())]

    async def run():
        connection = Connection(
            service.client.app, multipart(photo, "image_file"), REMOVEBG, headers=key
        )
        task = asyncio.create_task(connection.send())
        await until(lambda: slow.photos)
        connection.hang_up()
        await asyncio.sleep(0.01)
        slow.go.set()
        return await task

    assert asyncio.run(run()) == 499
    assert service.services.ledger.balance(account) == credits
    assert service.client.post(REMOVEBG, files={"image_file": photo}).status_code == 200


def test_a_client_that_hangs_up_after_the_last_stage_is_not_charged_either(engine, account, photo):
    class Late:
        def remove_background(self, photo, options, deadline):
            result = engine.remove_background(photo, options, deadline)
            deadline.abandon()
            return result

        def __getattr__(self, name):
            return getattr(engine, name)

    service = Service(Late(), MemoryTable(), MemoryBucket(Clock()), account, Clock())
    credits = service.services.ledger.balance(account)

    assert service.client.post(REMOVEBG, files={"image_file": photo}).status_code == 499
    assert service.services.ledger.balance(account) == credits


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [("GET", REMBG, b"url=http://a.example/"), ("POST", "/v1.0/uploads", b"")],
)
def test_the_download_of_a_client_that_hangs_up_stops(engine, account, method, path, query):
    deadlines = []

    def fetch(url, deadline):
        stopped = threading.Event()
        with deadline.interrupting(stopped.set):
            deadlines.append(deadline)
            assert stopped.wait(limit_s(20))
        raise deadline.exceeded()

    service = Service(engine, MemoryTable(), MemoryBucket(Clock()), account, Clock(), fetch=fetch)
    form = (
        b'--x\r\nContent-Disposition: form-data; name="url"\r\n\r\nhttp://a.example/\r\n--x--\r\n'
    )

    async def run():
        key = [(b"x-api-key", service.key.encode())]
        body = b"" if query else form
        connection = Connection(service.client.app, body, path, method, query, key)
        task = asyncio.create_task(connection.send())
        await until(lambda: deadlines)
        connection.hang_up()
        return await task

    assert asyncio.run(run()) == 499


def test_an_abandoned_deadline_is_over_and_says_why():
    deadline, interrupted = Deadline.after(1000), []

    with deadline.interrupting(lambda: interrupted.append("during")):
        deadline.abandon()
    with deadline.interrupting(lambda: interrupted.append("after")):
        pass

    assert interrupted == ["during", "after"]
    with pytest.raises(Abandoned, match="closed the connection"):
        deadline.check()
    NEVER.check()  # another one's
