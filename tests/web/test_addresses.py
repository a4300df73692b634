"""Addresses that no request may lead to: refused at every endpoint, and in jobs that an earlier
version has stored."""

import ssl

import pytest
from starlette.testclient import TestClient

from cutout.credits.accounts import Accounts
from cutout.jobs.webhook_secrets import WebhookSecrets
from cutout.jobs.webhooks import Webhook, Webhooks
from cutout.net.fetch import Fetcher
from cutout.net.post import Poster
from cutout.options.values import Reference
from cutout.web.app import create_app
from tests.credit_services import CreditServices, StubEngine
from tests.job_services import job_request, message
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable, digits
from tests.web.service import code
from tests.web_ports import ports

JOBS, REMOVEBG, UPLOADS, REMBG = "/v1.0/jobs", "/v1.0/removebg", "/v1.0/uploads", "/api/remove"
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # no connection is made
GOOD = "https://a.example/a.png"
# Each with the code of a webhook that was stored with it.
ADDRESSES = {
    "another scheme": ("ftp://1.1.1.1/a.jpg", "no_url"),
    "another scheme and a port": ("ws://1.1.1.1:80/x", "no_url"),
    "no scheme": ("//1.1.1.1:80/a.jpg", "no_url"),
    "a file": ("file:///etc/passwd", "no_url"),
    "a user": ("http://user:word@a.example/", "no_url"),
    "port 65536": ("http://a.example:65536/", "no_url"),
    "a backslash": ("http://a.example\\@10.0.0.1/", "no_url"),
    "a control character": ("http://a.example/\r\nX: y", "no_url"),
    "a label of 64 characters": (f"http://{'a' * 64}.example/", "no_url"),
    "an IPv4 address as one number": ("http://2130706433/", "no_url"),
    "no host": ("https://", "no_url"),
    "another port": ("http://a.example:8080/", "no_url"),
    "a private address": ("http://10.0.0.1/", "not_public"),
    "a mapped address": ("http://[::ffff:169.254.169.254]/", "not_public"),
    "a private name": ("http://metadata.google.internal/", "not_public"),
    "this machine": ("http://localhost/", "not_public"),
}
REQUESTS = [
    ("GET", REMBG, "url", {}, "invalid_image_url"),
    ("POST", REMBG, "url", {}, "invalid_image_url"),
    ("POST", REMOVEBG, "image_url", {}, "invalid_image_url"),
    ("POST", REMOVEBG, "bg_image_url", {"image_url": GOOD}, "invalid_bg_image_url"),
    ("POST", UPLOADS, "url", {}, "invalid_image_url"),
    ("POST", JOBS, "image_url", {}, "invalid_image_url"),
    ("POST", JOBS, "bg_image_url", {"image_url": GOOD}, "invalid_bg_image_url"),
    ("POST", JOBS, "webhook_url", {"image_url": GOOD}, "invalid_webhook_url"),
]


@pytest.fixture
def money():
    stores = {"bucket": MemoryBucket(Clock()), "queue": MemoryQueue()}
    return CreditServices(MemoryTable(), Clock(), StubEngine(), **stores)


@pytest.fixture
def client(engine, money):
    """A client of a service that fails the test if it fetches anything."""

    def fetch(url, deadline):
        pytest.fail(f"{url} was fetched")

    changes = money.ports() | {"ask_for_keys": False, "fetch": fetch}
    return TestClient(create_app(ports(engine, **changes)))


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("method", "route", "name", "others", "expected"), REQUESTS,
    ids=[f"{method} {route} {name}" for method, route, name, *_ in REQUESTS],
)  # fmt: skip
def test_an_address_is_refused_at_once(
    client, money, method, route, name, others, expected, address
):
    sent = others | {name: ADDRESSES[address][0]}
    body = {"params": sent} if method == "GET" else {"data" if route == REMBG else "json": sent}

    response = client.request(method, route, **body)

    assert code(response) == (400, expected)
    assert money.queue.receive() == []


@pytest.mark.parametrize(
    ("picture", "expected"),
    [("photo", "invalid_image_url"), ("backdrop", "invalid_bg_image_url")],
)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stored_job_ends_at_its_first_delivery(money, address, picture, expected):
    url = ADDRESSES[address][0]
    pictures = {"photo_url": url} if picture == "photo" else {"backdrop": Reference(url=url)}
    job = money.job_services.jobs.create(job_request(None, **pictures), {"photo": b"photo"}, "")

    worker = money.job_services.worker(StubEngine(), fetch=Fetcher(10, tls=UNUSED))
    worker.run(message(job))

    ended = money.job_services.jobs.find("", job.id)
    assert (ended.state, ended.error["code"]) == ("failed", expected)
    assert money.job_services.bugs == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stored_webhook_ends_at_its_first_attempt(address):
    url, expected = ADDRESSES[address]
    table, clock = MemoryTable(), Clock()
    Accounts(table, clock, digits()).create_key("shop")
    secrets = WebhookSecrets(table, clock, digits())
    secrets.create("shop")
    webhooks = Webhooks(table, secrets, Poster(tls=UNUSED, clock=clock), clock)

    delivery = webhooks.deliver(Webhook("msg_1", "shop", url, {}))

    assert (delivery.state, delivery.attempt.error) == ("given_up", expected)
