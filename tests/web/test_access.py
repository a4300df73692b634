"""Which route is for whom, and which address a visitor has."""

from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from cutout import bootstrap
from cutout.web import access
from cutout.web.app import create_app
from cutout.web.routing import Endpoint
from tests.credit_services import ORIGIN_SECRET, CreditServices
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable
from tests.web.service import code
from tests.web_ports import ports

RULES = {
    ("POST", "/api/remove"): "key",
    ("GET", "/api/remove"): "key",
    ("GET", "/api"): "anyone",
    ("GET", "/api/models"): "anyone",
    ("POST", "/v1.0/removebg"): "bounded",  # by upload_id alone
    ("POST", "/v1.0/improve"): "anyone",
    ("GET", "/v1.0/account"): "key",
    ("POST", "/v1.0/uploads"): "bounded",
    ("DELETE", "/v1.0/uploads/{upload_id}"): "bounded",
    ("POST", "/v1.0/jobs"): "key",
    ("GET", "/v1.0/jobs/{job_id}"): "key",
    ("DELETE", "/v1.0/jobs/{job_id}"): "key",
    ("GET", "/healthz"): "anyone",
    ("GET", "/health"): "anyone",
    ("GET", "/readyz"): "anyone",
    ("GET", "/docs"): "anyone",
    ("GET", "/openapi.json"): "anyone",
}
OPEN_REMBG = {("POST", "/api/remove"): "bounded", ("GET", "/api/remove"): "bounded"}
NO_VISITORS = {route: "key" for route, rule in RULES.items() if rule == "bounded"}
NOBODY_ASKS = dict.fromkeys(RULES, "anyone")
ON_AWS = {"ask_for_keys": True}


@pytest.fixture
def made(settings, engine):
    """The service without stores."""

    def made(**changes):
        return bootstrap.app(replace(settings, **changes), engine, lambda result: None)

    return made


@pytest.fixture
def full(engine):
    """The service with stores."""

    def full(calls=(3, 100), **changes):
        bucket = MemoryBucket(Clock())
        money = CreditServices(
            MemoryTable(), Clock(), engine, bucket=bucket, calls=calls, queue=MemoryQueue()
        )
        return create_app(ports(engine, **money.ports() | changes))

    return full


def routes(app):
    """The methods, paths and endpoints of the API; what a test mounts besides is left out."""
    return [
        (endpoint.method, endpoint.path, endpoint)
        for endpoint in app.routes
        if isinstance(endpoint, Endpoint)
    ]


def rule(endpoint):
    names = {access.KeyRequired: "key", access.KeyOrVisitor: "bounded", access.Anyone: "anyone"}
    return names[type(endpoint.rule)]


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, RULES),
        ({"open_rembg_door": True}, RULES | OPEN_REMBG),
        ({"calls": (0, 0)}, RULES | NO_VISITORS),
        ({"calls": (0, 0), "open_rembg_door": True}, RULES | NO_VISITORS),
        ({"ask_for_keys": False}, NOBODY_ASKS),
    ],
)
def test_every_route_has_the_rule_that_the_table_gives_it(full, changes, rules):
    parameters = {(method, path): rule(route) for method, path, route in routes(full(**changes))}

    assert parameters == rules


def test_a_route_for_accounts_is_closed_without_a_key(full):
    app = full()
    client = TestClient(app)

    for method, path, route in routes(app):
        is_closed = client.request(method, path).status_code == 403
        assert is_closed or rule(route) != "key", path


def test_without_stores_every_route_is_closed_if_keys_are_asked_for(made):
    for app, is_closed in ((made(**ON_AWS, open_rembg_door=True), True), (made(), False)):
        statuses = {
            path: TestClient(app).request(method, path).status_code
            for method, path, route in routes(app)
            if RULES[method, path] != "anyone"
        }
        assert set(statuses) == {"/api/remove", "/v1.0/removebg", "/v1.0/account"}
        assert all((status == 403) is is_closed for status in statuses.values())


def test_every_route_is_an_endpoint_that_has_a_rule(full):
    assert {type(route) for route in full().routes} == {Endpoint}


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": "word"}])
def test_a_request_without_a_valid_key_is_403_with_the_reason(made, photo, headers):
    client = TestClient(made(**ON_AWS))

    response = client.post(
        "/api/remove", files={"file": photo}, headers={"Origin": "https://shop.example"} | headers
    )

    assert response.status_code == 403
    (error,) = response.json()["errors"]
    assert error["code"] == "auth_failed"
    assert "no keys are given out here" in error["detail"]
    assert response.headers["access-control-allow-origin"] == "*"


def test_a_request_without_a_key_is_refused_before_its_body_is_read(made):
    client = TestClient(made(**ON_AWS))

    def body():
        raise AssertionError("the body was read")
        yield

    form = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post("/api/remove", content=body(), headers=form).status_code == 403
    assert client.post("/api/remove", content=b"no form", headers=form).status_code == 403
    # a parameter that is not valid, and an address that nobody is asked for
    for query in ({"om": "perhaps"}, {"url": "http://127.0.0.1:1/"}):
        assert client.get("/api/remove", params=query).status_code == 403


def test_unknown_routes_and_methods_are_404_and_405_without_a_key(made):
    client = TestClient(made(**ON_AWS))

    assert client.get("/v1.0/nowhere").status_code == 404
    assert client.put("/api/remove").status_code == 405


def test_a_preflight_request_of_any_site_is_allowed(made):
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}

    assert TestClient(made(**ON_AWS)).options("/api/remove", headers=asked).status_code == 200


EDGE, ANN, FORGED = "198.51.100.1", "203.0.113.7", "192.0.2.66"
SECRET = "origin secret"


def address_of(headers, source=EDGE, secret=SECRET, event=True):
    scope = {
        "type": "http",
        "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }
    if event:
        scope["aws.event"] = {"requestContext": {"identity": {"sourceIp": source}}}
    return access.visitor(Request(scope), secret.split(",")).address


def test_behind_cloudfront_the_visitor_has_the_address_that_cloudfront_appended():
    headers = {"X-Origin-Secret": SECRET, "X-Forwarded-For": f"{ANN}, {EDGE}"}

    assert address_of(headers) == ANN


def test_forged_addresses_in_the_header_are_ignored():
    headers = {"X-Origin-Secret": SECRET, "X-Forwarded-For": f"{FORGED}, {FORGED},{ANN}, {EDGE}"}

    assert address_of(headers) == ANN


@pytest.mark.parametrize("sent", [{}, {"X-Origin-Secret": ""}, {"X-Origin-Secret": "guessed"}])
def test_without_the_origin_secret_the_address_is_that_of_the_gateways_client(sent):
    assert address_of(sent | {"X-Forwarded-For": f"{FORGED}, {FORGED}"}, source=ANN) == ANN


@pytest.mark.parametrize("sent", ["new", "old"])
def test_while_the_origin_secret_is_replaced_both_values_count(sent):
    headers = {"X-Origin-Secret": sent, "X-Forwarded-For": f"{ANN}, {EDGE}"}

    assert address_of(headers, source=EDGE, secret="new,old") == ANN
    assert address_of(headers | {"X-Origin-Secret": "new,old"}, secret="new,old") == EDGE


def test_an_empty_secret_does_not_match_an_empty_header():
    headers = {"X-Origin-Secret": "", "X-Forwarded-For": f"{FORGED}, {EDGE}"}

    assert address_of(headers, source=ANN, secret="") == ANN


@pytest.mark.parametrize("forwarded", ["", EDGE, f"nonsense, {EDGE}", f", {EDGE}", f"{ANN}:80, x"])
def test_a_header_without_an_address_is_ignored(forwarded):
    assert address_of({"X-Origin-Secret": SECRET, "X-Forwarded-For": forwarded}) == EDGE


def test_ipv6_addresses_are_accepted():
    headers = {"X-Origin-Secret": SECRET, "X-Forwarded-For": f"2001:db8::1, {EDGE}"}

    assert address_of(headers) == "2001:db8::1"


def test_without_a_gateway_the_address_is_that_of_the_connection():
    assert address_of({"X-Forwarded-For": FORGED}, event=False) == "127.0.0.1"


SHOP = {"Origin": "https://shop.example", "X-Forwarded-For": f"{ANN}, {EDGE}"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": ""}, 403),
        ({"X-Forwarded-For": f"{ANN}, {FORGED}, {EDGE}"}, 403),
        ({"X-Origin-Secret": "guessed"}, 403),
    ],
)
def test_a_key_is_used_from_its_origins_and_addresses_alone_and_its_use_is_recorded(
    engine, changes, status
):
    clock = Clock()
    money = CreditServices(MemoryTable(), clock, engine)
    origins, networks = ["https://shop.example"], ["203.0.113.0/24"]
    key = money.accounts.create_key("shop", origins=origins, networks=networks)
    client = TestClient(create_app(ports(engine, **money.ports())))
    headers = {"X-Api-Key": key, "X-Origin-Secret": ORIGIN_SECRET} | SHOP | changes

    response = client.get("/v1.0/account", headers=headers)

    assert response.status_code == status
    assert bool(money.last_use.find("shop", key.split("_")[3])) is (status == 200)
    if status == 403:
        assert code(response) == (403, "auth_failed")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
