"""Who may use which route."""

from dataclasses import replace

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient

from cutout import bootstrap
from cutout.adapters import access

RULES = {
    ("POST", "/api/remove"): "key",
    ("GET", "/api/remove"): "key",
    ("POST", "/v1.0/removebg"): "key",
    ("GET", "/v1.0/account"): "key",
    ("GET", "/healthz"): "anyone",
    ("GET", "/readyz"): "anyone",
    ("GET", "/docs"): "anyone",
    ("HEAD", "/docs"): "anyone",
    ("GET", "/docs/oauth2-redirect"): "anyone",
    ("HEAD", "/docs/oauth2-redirect"): "anyone",
    ("GET", "/openapi.json"): "anyone",
    ("HEAD", "/openapi.json"): "anyone",
}
OPEN_DOOR = {("POST", "/api/remove"): "anyone", ("GET", "/api/remove"): "anyone"}
NOBODY_ASKS = dict.fromkeys(RULES, "anyone")
ON_AWS = {"ask_for_keys": True}


@pytest.fixture
def made(settings, engine):
    def made(**changes):
        return bootstrap.app(replace(settings, **changes), engine, lambda result: None)

    return made


def rule(client, method, path):
    """What a caller without a key meets."""
    return "key" if client.request(method, path).status_code == 403 else "anyone"


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        (ON_AWS, RULES),
        (ON_AWS | {"open_rembg_door": True}, RULES | OPEN_DOOR),
        ({}, NOBODY_ASKS),
    ],
)
def test_every_route_has_the_rule_that_the_table_gives_it(made, changes, rules):
    app = made(**changes)
    client = TestClient(app)
    routes = [
        (method, route.path)
        for route in iter_route_contexts(app.routes)
        for method in route.methods
    ]

    assert {route: rule(client, *route) for route in routes} == rules


def test_no_route_of_ours_is_without_a_rule(made):
    routes = [route.original_route for route in iter_route_contexts(made().routes)]
    ours = [route for route in routes if isinstance(route, APIRoute)]

    assert ours
    assert all(isinstance(route, access.Anyone | access.Key) for route in ours)


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
