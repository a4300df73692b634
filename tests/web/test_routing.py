"""HEAD, OPTIONS, other methods and slashes at the end, at every path of the API."""

import asyncio

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from cutout.web.app import create_app
from tests.credit_services import CreditServices
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable
from tests.web.test_access import routes
from tests.web_ports import ports

REMBG, REMOVEBG = "/api/remove", "/v1.0/removebg"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@pytest.fixture
def app(engine):
    """With every route there is, and a page of its own at the root, as `make serve` has it."""
    money = CreditServices(
        MemoryTable(), Clock(), engine, bucket=MemoryBucket(Clock()), calls=(3, 100),
        queue=MemoryQueue(),
    )  # fmt: skip
    app = create_app(ports(engine, **money.ports() | {"ask_for_keys": False}))
    app.mount("/", PlainTextResponse("page"))
    return app


@pytest.fixture
def client(app):
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def methods_of(app):
    methods = {}
    for method, path, _ in routes(app):
        methods.setdefault(path.format(upload_id="a", job_id="a"), set()).add(method)
    return {
        path: found | ({"HEAD"} if "GET" in found else set()) for path, found in methods.items()
    }


def names(response):
    return set(response.headers["allow"].split(", "))


def test_options_names_the_methods_of_a_path(client, methods_of):
    assert {"/api/remove", "/v1.0/jobs/a", "/healthz", "/docs"} <= methods_of.keys()
    for path, methods in methods_of.items():
        response = client.options(path)

        assert (response.status_code, response.content) == (204, b""), path
        assert names(response) == methods | {"OPTIONS"}, path


def test_another_method_is_a_405_that_names_those_of_the_path(client, methods_of):
    for path, methods in methods_of.items():
        for method in METHODS - methods - {"OPTIONS", "HEAD"}:
            response = client.request(method, path)

            (error,) = response.json()["errors"]
            assert (response.status_code, error["code"]) == (405, "method_not_allowed"), path
            assert names(response) == methods | {"OPTIONS"}, path


def test_head_is_get_without_the_body(client, methods_of):
    for path, methods in methods_of.items():
        if "GET" not in methods:
            assert client.head(path).status_code == 405
            continue
        got, head = client.get(path), client.head(path)

        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers["content-length"] == got.headers["content-length"], path
        assert head.headers["content-type"] == got.headers["content-type"], path


def test_the_response_to_head_has_no_body_of_its_own(app):
    """Uvicorn and TestClient leave it out themselves, and Mangum does not."""
    scope = {
        "type": "http", "method": "HEAD", "path": "/healthz", "query_string": b"", "headers": [],
        "root_path": "",
    }  # fmt: skip
    sent = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))

    assert sent[0]["status"] == 200
    assert [message["body"] for message in sent[1:]] == [b""]


@pytest.mark.parametrize("slashes", ["/", "//"])
def test_a_path_with_a_slash_at_its_end_is_the_one_without(client, methods_of, slashes):
    for path, methods in methods_of.items():
        for method in methods:
            plain, other = (client.request(method, each) for each in (path, path + slashes))

            assert other.status_code == plain.status_code, path
            assert "location" not in other.headers, path


@pytest.mark.parametrize(("path", "name"), [(REMBG, "file"), (REMOVEBG, "image_file")])
def test_a_photo_posted_to_a_path_with_a_slash_is_cut_out(client, photo, path, name):
    response = client.post(f"{path}/", files={name: photo})

    assert response.status_code == 200
    assert response.content == client.post(path, files={name: photo}).content


def test_errors_at_a_path_with_a_slash_are_those_of_its_contract(client):
    assert client.post(f"{REMBG}/").status_code == 422
    assert client.post(f"{REMOVEBG}/").status_code == 400


def test_other_paths_belong_to_the_page(client):
    for method in METHODS - {"HEAD"}:
        assert client.request(method, "/messages/").text == "page"


def test_health_answers_as_healthz(client):
    assert client.get("/health").json() == client.get("/healthz").json()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
def test_a_page_of_another_site_may_send_every_method_and_read_the_response(client, method):
    """Also the 405 of a method that the path does not have."""
    origin = {"Origin": "https://shop.example"}
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "x-api-key"}

    preflight = client.options(REMBG, headers=origin | asked)
    response = client.request(method, REMBG, headers=origin)

    assert preflight.status_code == 200
    assert method in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["access-control-allow-headers"] == "x-api-key"
    assert response.headers["access-control-allow-origin"] == "*"
