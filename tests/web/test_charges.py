"""API keys and credits at the endpoints of both contracts."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from PIL import ImageChops
from starlette.testclient import TestClient

from cutout.aws.dynamodb import DynamoDbTable
from cutout.credits import free_calls
from cutout.errors import DeadlineExceeded, Unavailable
from cutout.web.app import create_app
from tests.conftest import opened
from tests.credit_services import CreditServices, StubEngine
from tests.memory import Clock, MemoryTable
from tests.web_ports import ports

REMOVEBG, REMBG = "/v1.0/removebg", "/api/remove"
ADDRESS = "https://a.example/a.png"


class Service:
    """A service with an account, which has ten credits."""

    def __init__(self, engine, table, clock, account="shop", **changes):
        self.money = CreditServices(table, clock, engine)
        self.clock = clock
        self.key = self.money.accounts.create_key(account)
        self.money.ledger.grant(account, 40)
        app = create_app(ports(engine, **self.money.ports() | changes))
        self.client = TestClient(app, headers={"X-Api-Key": self.key})

    def send(self, photo=b"photo", route=REMOVEBG, headers=None, **fields):
        name = "image_file" if route == REMOVEBG else "file"
        size = {"size": "full"} if route == REMOVEBG else {}
        return self.client.post(
            route, files={name: photo}, data=size | fields, headers=headers or {}
        )


@pytest.fixture
def idle():
    return StubEngine()


@pytest.fixture
def service(idle):
    return Service(idle, MemoryTable(), Clock())


@pytest.fixture
def real(engine):
    """A service with an engine that decodes its pictures."""
    return Service(engine, MemoryTable(), Clock())


def code(response):
    (error,) = response.json()["errors"]
    return response.status_code, error["code"]


@pytest.mark.parametrize("route", [REMOVEBG, REMBG])
def test_headers_have_the_credits_charged_and_the_rate_limit(service, route):
    response = service.send(route=route)

    assert response.status_code == 200
    assert response.headers["X-Credits-Charged"] == "1"
    assert response.headers["X-RateLimit-Limit"] == "500"
    assert response.headers["X-RateLimit-Remaining"] == "499"
    assert int(response.headers["X-RateLimit-Reset"]) >= service.clock.now


def test_a_strict_key_refuses_what_would_have_a_notice_and_charges_nothing(service):
    strict = {"X-Api-Key": service.money.accounts.create_key("shop", is_strict=True)}

    lenient, refused, overridden = (
        service.send(headers=headers, add_shadow="true")
        for headers in ({}, strict, strict | {"X-Cutout-Strict": "false"})
    )

    assert "add_shadow" in lenient.headers["X-Cutout-Notice"]
    assert code(refused) == (400, "unsupported_option")
    assert overridden.status_code == 200
    assert service.money.ledger.balance("shop") == 36  # the last repeats the first


def test_a_preview_costs_a_quarter(service):
    assert service.send(size="preview").headers["X-Credits-Charged"] == "0.25"
    assert service.money.ledger.balance("shop") == 39


@pytest.mark.parametrize("route", [REMOVEBG, REMBG])
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "order 66"}])
def test_a_repeated_request_is_not_charged_again(service, route, headers):
    responses = [service.send(route=route, headers=headers) for _ in range(3)]

    assert [response.status_code for response in responses] == [200] * 3
    assert [response.headers["X-Credits-Charged"] for response in responses] == ["1", "0", "0"]
    assert service.money.ledger.balance("shop") == 36


def test_a_request_with_other_options_is_charged(service):
    service.send()

    assert service.send(format="webp").headers["X-Credits-Charged"] == "1"


def test_an_idempotency_key_of_another_request_is_refused(service, idle):
    service.send(headers={"Idempotency-Key": "a"})

    response = service.send(b"another", headers={"Idempotency-Key": "a"})

    assert code(response) == (422, "idempotency_key_reused")
    assert idle.photos == [b"photo"]
    assert service.money.ledger.balance("shop") == 36


@pytest.mark.parametrize("key", ["x" * 256, "a\tb"])
def test_an_idempotency_key_that_is_not_valid_is_refused(service, key):
    assert code(service.send(headers={"Idempotency-Key": key})) == (400, "invalid_parameter")


@pytest.mark.parametrize(
    ("route", "sent"),
    [
        (REMOVEBG, {"image_url": ADDRESS}),
        (REMOVEBG, {"image_file_b64": "eA==", "bg_image_url": ADDRESS}),
        (REMBG, {"url": ADDRESS}),
    ],
    ids=str,
)
def test_nothing_is_fetched_beyond_the_rate_limit_and_a_fetch_counts_once(idle, route, sent):
    asked = []

    def fetch(url, deadline):
        asked.append(url)
        return b"photo"

    service = Service(idle, MemoryTable(), Clock(), fetch=fetch)
    key = service.money.accounts.create_key("shop", megapixels_per_minute=2)
    send = partial(service.client.post, route, data=sent, headers={"X-Api-Key": key})

    first, second, third = send(), send(), send()

    assert [each.headers["X-RateLimit-Remaining"] for each in (first, second)] == ["1", "0"]
    assert code(third) == (429, "rate_limit_exceeded")
    assert third.headers["Retry-After"] == "30"
    assert asked == [ADDRESS] * 2


class Fetched:
    """A fetch that notes the balance of the account at each of its calls."""

    def __init__(self, idle):
        self.balances = []
        self.service = Service(idle, MemoryTable(), Clock(), fetch=self)

    def __call__(self, url, deadline):
        self.balances.append(self.service.money.ledger.balance("shop"))
        return b"photo"


FETCHES = [
    (REMOVEBG, {"image_url": ADDRESS, "size": "full"}),
    (REMOVEBG, {"image_file_b64": "eA==", "bg_image_url": ADDRESS, "size": "full"}),
    (REMBG, {"url": ADDRESS}),
]


@pytest.mark.parametrize(("route", "sent"), FETCHES, ids=str)
@pytest.mark.parametrize("left", [0, 3])
def test_nothing_is_fetched_for_an_account_that_could_not_pay(idle, route, sent, left):
    fetched = Fetched(idle)
    fetched.service.money.ledger.expire("shop", 40 - left)

    refused = fetched.service.client.post(route, data=sent)

    assert code(refused) == (402, "insufficient_credits")
    assert fetched.balances == []


def test_a_preview_that_is_fetched_needs_a_quarter(idle):
    fetched = Fetched(idle)
    fetched.service.money.ledger.expire("shop", 39)
    sent = {"image_url": ADDRESS, "size": "preview"}

    responses = [fetched.service.client.post(REMOVEBG, data=sent) for _ in range(2)]

    assert [response.status_code for response in responses] == [200, 402]
    assert fetched.balances == [1]


def test_what_was_paid_under_an_idempotency_key_is_fetched_again_without_credits(idle):
    fetched = Fetched(idle)
    fetched.service.money.ledger.expire("shop", 36)
    sent = {"data": {"image_url": ADDRESS, "size": "full"}}

    def call(key):
        return fetched.service.client.post(REMOVEBG, **sent, headers={"Idempotency-Key": key})

    responses = [call("a"), call("a"), call("b")]

    assert [response.status_code for response in responses] == [200, 200, 402]
    assert [each.headers.get("X-Credits-Charged") for each in responses] == ["1", "0", None]


@pytest.mark.parametrize("route", [REMOVEBG, REMBG])
def test_a_test_key_has_so_many_free_calls_a_day(idle, monkeypatch, route):
    monkeypatch.setattr(free_calls, "FREE_CALLS_PER_DAY", 2)
    fetched = Fetched(idle)
    service = fetched.service
    key = service.money.accounts.create_key("shop", is_test=True)
    sent = {"image_url": ADDRESS} if route == REMOVEBG else {"url": ADDRESS}

    def call():
        return service.client.post(route, data=sent, headers={"X-Api-Key": key})

    assert [call().status_code for _ in range(2)] == [200, 200]
    refused = call()
    assert code(refused) == (429, "free_calls_used_up")
    assert len(fetched.balances) == 2
    assert service.client.post(route, data=sent).status_code == 200  # the live key's own

    service.clock.now += int(refused.headers["Retry-After"])
    assert call().status_code == 200


@pytest.mark.parametrize("route", [REMOVEBG, REMBG])
def test_without_credits_no_cutout_is_made(service, idle, route):
    service.money.ledger.expire("shop", 40)

    assert code(service.send(route=route)) == (402, "insufficient_credits")
    assert idle.photos == []


@pytest.mark.parametrize("route", [REMOVEBG, REMBG])
def test_beyond_the_rate_limit_retry_after_says_when_to_try_again(service, idle, route):
    key = service.money.accounts.create_key("shop", megapixels_per_minute=2)
    slow = {"X-Api-Key": key}
    for n in range(2):
        assert service.send(b"%d" % n, headers=slow).status_code == 200

    response = service.send(b"another", route=route, headers=slow)

    assert code(response) == (429, "rate_limit_exceeded")
    assert response.headers["Retry-After"] == "30"
    assert response.headers["X-RateLimit-Limit"] == "2"
    assert response.headers["X-RateLimit-Remaining"] == "0"
    assert len(idle.photos) == 2
    service.clock.now += 30
    assert service.send(b"another", headers=slow).status_code == 200


@pytest.mark.parametrize(
    ("photo", "fields", "expected"),
    [
        (b"no picture", {}, "invalid_file_type"),
        (b"", {}, "failed_to_read_image"),
        ("plain", {}, "unknown_foreground"),
        ("photo", {"format": "bmp"}, "invalid_format"),
    ],
)
def test_a_refused_request_costs_nothing(real, photo, plain, fields, expected, request):
    sent = {"plain": plain}.get(photo) or (
        request.getfixturevalue("photo") if photo == "photo" else photo
    )

    response = real.send(sent, **fields)

    assert code(response) == (400, expected)
    assert real.money.ledger.balance("shop") == 40
    assert real.money.is_balanced("shop")


def test_a_result_that_is_too_large_costs_nothing(engine, photo):
    service = Service(engine, MemoryTable(), Clock())
    app = create_app(ports(engine, max_result_bytes=10, **service.money.ports()))

    response = TestClient(app).post(
        REMOVEBG, files={"image_file": photo}, headers={"X-Api-Key": service.key}
    )

    assert code(response) == (400, "result_too_large")
    assert service.money.ledger.balance("shop") == 40


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Api-Key": ""},
        {"X-Api-Key": "cutout_live_shop_00000001_" + "0" * 48},
        {"X-Api-Key": "x" * 8000},
    ],
)
@pytest.mark.parametrize("route", [REMOVEBG, REMBG])
def test_a_wrong_key_is_refused_before_the_body_is_read(service, idle, headers, route):
    def body():
        raise AssertionError("the body was read")
        yield

    form = {"Content-Type": "multipart/form-data; boundary=x"}
    response = service.client.post(route, content=body(), headers=form | headers)

    assert code(response) == (403, "auth_failed")
    assert idle.photos == []


def test_a_key_outside_of_its_header_is_ignored(service):
    bare = TestClient(service.client.app)

    for sent in (
        {"headers": {"Authorization": f"Bearer {service.key}"}},
        {"params": {"api_key": service.key}},
        {"data": {"api_key": service.key}},
    ):
        response = bare.post(REMOVEBG, **sent)
        assert code(response) == (403, "auth_failed")
        assert "X-Api-Key" in response.json()["errors"][0]["detail"]


def test_a_revoked_key_is_refused(service):
    key_id = service.money.accounts.authenticate(service.key).id
    service.money.accounts.revoke("shop", key_id)

    assert code(service.send()) == (403, "auth_failed")


def test_the_account_response_has_the_keys_that_strict_clients_accept(service):
    service.send(size="preview")

    assert service.client.get("/v1.0/account").json() == {
        "data": {
            "attributes": {
                "credits": {"total": 9.75, "subscription": 0, "payg": 9.75, "enterprise": 0},
                "api": {"free_calls": 0, "sizes": "all"},
            }
        }
    }


def test_without_keys_the_account_has_credits_that_no_client_calls_low(idle):
    client = TestClient(create_app(ports(idle)))

    before = client.get("/v1.0/account").json()
    client.post(REMOVEBG, files={"image_file": b"photo"})

    assert client.get("/v1.0/account").json() == before
    assert before["data"]["attributes"] == {
        "credits": {"total": 1e6, "subscription": 0, "payg": 1e6, "enterprise": 0},
        "api": {"free_calls": 0, "sizes": "all"},
    }


@pytest.mark.parametrize(("route", "name"), [(REMOVEBG, "image_file"), (REMBG, "file")])
@pytest.mark.parametrize("has_stores", [False, True])
def test_without_keys_headers_have_a_rate_limit_that_nothing_uses_up(idle, route, name, has_stores):
    """The Ruby gem calls to_s on it."""
    stores = CreditServices(MemoryTable(), Clock(), idle).ports() if has_stores else {}
    client = TestClient(create_app(ports(idle, **stores | {"ask_for_keys": False})))

    for _ in range(2):
        headers = client.post(route, files={name: b"photo"}).headers
        assert headers["X-RateLimit-Limit"] == headers["X-RateLimit-Remaining"] == "1000000"
        assert abs(int(headers["X-RateLimit-Reset"]) - time.time()) < 60
        assert headers["X-Credits-Charged"] == "0"


def test_a_visitor_has_no_rate_limit_of_a_key(idle):
    stores = CreditServices(MemoryTable(), Clock(), idle, calls=(3, 3)).ports()
    visitor = TestClient(create_app(ports(idle, **stores | {"open_rembg_door": True})))

    response = visitor.post(REMBG, files={"file": b"photo"})

    assert response.status_code == 200
    assert "X-RateLimit-Limit" not in response.headers


def test_unavailable_tables_are_503(service, idle, monkeypatch):
    def down(*writes):
        raise Unavailable("the tables cannot be reached")

    monkeypatch.setattr(service.money.ledger._table, "write", down)

    assert code(service.send()) == (503, "unavailable")


def test_a_failed_repetition_does_not_refund_the_one_that_succeeds(service):
    """Two instances of the function work on the same request; the second runs out of time."""

    class Late(StubEngine):
        def remove_background(self, photo, options, deadline):
            raise DeadlineExceeded("too late")

    class Overtaken(StubEngine):
        def remove_background(self, photo, options, deadline):
            assert code(asked_of(Late())) == (504, "timeout")
            return super().remove_background(photo, options, deadline)

    def asked_of(engine):
        client = TestClient(create_app(ports(engine, **service.money.ports())))
        return client.post(
            REMOVEBG,
            files={"image_file": b"photo"},
            data={"size": "full"},
            headers={"X-Api-Key": service.key},
        )

    response = asked_of(Overtaken())

    assert response.status_code == 200
    assert response.headers["X-Credits-Charged"] == "1"
    assert service.money.ledger.balance("shop") == 36
    assert service.money.is_balanced("shop")


@pytest.mark.parametrize("route", [REMOVEBG, REMBG])
def test_a_test_key_is_free_and_its_results_are_marked(real, photo, route):
    key = real.money.accounts.create_key("shop", is_test=True)

    marked = real.send(photo, route, {"X-Api-Key": key})
    clean = real.send(photo, route)

    assert marked.headers["X-Credits-Charged"] == "0"
    assert clean.headers["X-Credits-Charged"] == "0.25"
    assert real.money.ledger.balance("shop") == 39
    difference = ImageChops.difference(opened(marked.content), opened(clean.content))
    assert difference.getchannel("A").getbbox() and difference.convert("RGB").getbbox()


def test_sixteen_concurrent_clients_get_as_many_results_as_there_are_credits(
    aws, resources, account, idle, repeats
):
    calls, bought = repeats(500), repeats(40)
    table = DynamoDbTable(aws.service("dynamodb"), resources["LedgerTable"])
    service = Service(idle, table, Clock(), account)
    service.money.ledger.grant(account, 4 * bought)
    fast = service.money.accounts.create_key(account, megapixels_per_minute=10_000)

    def call(number):
        return service.send(b"%d" % number, headers={"X-Api-Key": fast}).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(call, range(calls)))

    paid = bought + 10  # with those that it had
    assert sorted(statuses) == [200] * paid + [402] * (calls - paid)
    assert len(idle.photos) == paid
    assert service.money.ledger.balance(account) == 0
    assert service.money.is_balanced(account)
    assert len(service.money.settled(account)) == paid
