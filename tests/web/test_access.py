"""Who may use which route."""

from dataclasses import replace

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from cutout import bootstrap
from cutout.web import access
from cutout.web.app import create_app
from tests import web_ports as ports
from tests.credit_services import CreditServices
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable

RULES = {
    ("POST", "/api/remove"): "key",
    ("GET", "/api/remove"): "key",
    ("POST", "/v1.0/removebg"): "bounded",  # by upload_id alone
    ("GET", "/v1.0/account"): "key",
    ("POST", "/v1.0/uploads"): "bounded",
    ("DELETE", "/v1.0/uploads/{upload_id}"): "bounded",
    ("POST", "/v1.0/jobs"): "key",
    ("GET", "/v1.0/jobs/{job_id}"): "key",
    ("DELETE", "/v1.0/jobs/{job_id}"): "key",
    ("GET", "/healthz"): "anyone",
    ("GET", "/readyz"): "anyone",
    ("GET", "/docs"): "anyone",
    ("HEAD", "/docs"): "anyone",
    ("GET", "/docs/oauth2-redirect"): "anyone",
    ("HEAD", "/docs/oauth2-redirect"): "anyone",
    ("GET", "/openapi.json"): "anyone",
    ("HEAD", "/openapi.json"): "anyone",
}
OPEN_DOOR = {("POST", "/api/remove"): "bounded", ("GET", "/api/remove"): "bounded"}
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
        return create_app(ports.of(engine, **money.ports() | changes))

    return full


def routes(app):
    return [
        (method, context.path, context.original_route)
        for context in iter_route_contexts(app.routes)
        for method in context.methods
    ]


def rule(route):
    return {access.Key: "key", access.Bounded: "bounded"}.get(type(route).__mro__[1], "anyone")


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, RULES),
        ({"open_rembg_door": True}, RULES | OPEN_DOOR),
        ({"calls": (0, 0)}, RULES | NO_VISITORS),
        ({"calls": (0, 0), "open_rembg_door": True}, RULES | NO_VISITORS),
        ({"ask_for_keys": False}, NOBODY_ASKS),
    ],
)
def test_every_route_has_the_rule_that_the_table_gives_it(full, changes, rules):
    given = {(method, path): rule(route) for method, path, route in routes(full(**changes))}

    assert given == rules


def test_a_route_with_the_rule_of_keys_is_closed_without_one(full):
    app = full()
    client = TestClient(app)

    for method, path, route in routes(app):
        is_closed = client.request(method, path).status_code == 403
        assert is_closed or rule(route) != "key", path


def test_without_stores_a_key_opens_nothing_and_nobody_has_one(made):
    for app, is_closed in ((made(**ON_AWS, open_rembg_door=True), True), (made(), False)):
        statuses = {
            path: TestClient(app).request(method, path).status_code
            for method, path, route in routes(app)
            if isinstance(route, APIRoute) and path not in ("/healthz", "/readyz")
        }
        assert set(statuses) == {"/api/remove", "/v1.0/removebg", "/v1.0/account"}
        assert all((status == 403) is is_closed for status in statuses.values())


def test_no_route_of_ours_is_without_a_rule(full):
    ours = [route for _, _, route in routes(full()) if isinstance(route, APIRoute)]

    assert ours
    assert all(isinstance(route, access.Anyone | access.Key | access.Bounded) for route in ours)


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": "word"}])
def test_a_caller_without_the_right_is_told_so(made, photo, headers):
    client = TestClient(made(**ON_AWS))

    response = client.post(
        "/api/remove", files={"file": photo}, headers={"Origin": "https://shop.example"} | headers
    )

    assert response.status_code == 403
    (error,) = response.json()["errors"]
    assert error["code"] == "auth_failed"
    assert "no keys are given out here" in error["detail"]
    assert response.headers["access-control-allow-origin"] == "*"


def test_nothing_is_worked_on_before_it_is_denied(made):
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


def test_what_is_not_there_is_not_there_for_anyone(made):
    client = TestClient(made(**ON_AWS))

    assert client.get("/v1.0/improve").status_code == 404
    assert client.put("/api/remove").status_code == 405


def test_any_site_may_ask_before_it_calls(made):
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}

    assert TestClient(made(**ON_AWS)).options("/api/remove", headers=asked).status_code == 200
