"""The documentation of the API as a page."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from cutout.web.app import create_app
from cutout.web.openapi.page import page as page_of
from tests.credit_services import CreditServices
from tests.memory import Clock, MemoryBucket, MemoryQueue, MemoryTable
from tests.web_ports import ports
from tools import openapi


@pytest.fixture
def app(engine):
    return create_app(ports(engine))


@pytest.fixture
def full(engine):
    """The API with every endpoint that there is."""
    stores = {"bucket": MemoryBucket(Clock()), "queue": MemoryQueue()}
    money = CreditServices(MemoryTable(), Clock(), engine, calls=(3, 100), **stores)
    return create_app(ports(engine, **money.ports()))


@pytest.fixture
def answer(app):
    return TestClient(app).get("/docs")


def test_the_page_names_every_endpoint_and_parameter(app, answer):
    description = TestClient(app).get("/openapi.json").json()

    assert answer.headers["content-type"].startswith("text/html")
    for path, methods in description["paths"].items():
        for method in methods:
            assert f"<code>{method.upper()} {path}</code>" in answer.text
    for name in ("image_file_b64", "bg_image_url", "upload_id", "size"):
        assert f"<code>{name}</code>" in answer.text


def test_every_endpoint_is_described_but_those_that_repeat_or_describe_others(full):
    described = {
        (method.upper(), path)
        for path, methods in TestClient(full).get("/openapi.json").json()["paths"].items()
        for method in methods
    }

    undescribed = {(endpoint.method, endpoint.path) for endpoint in full.routes} - described
    assert undescribed == {
        ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/health"), ("POST", "/v1.0/improve"),
    }  # fmt: skip


@pytest.mark.slow
def test_the_description_is_valid_openapi(full):
    validate(TestClient(full).get("/openapi.json").json())


def test_a_checkout_describes_a_service_with_all_endpoints(full, monkeypatch):
    for name, value in openapi.AWS.items():
        monkeypatch.setenv(name, value)

    assert openapi.description() == TestClient(full).get("/openapi.json").json()


def test_every_operation_has_a_description_and_an_id_of_its_own(full):
    paths = TestClient(full).get("/openapi.json").json()["paths"]

    operations = [operation for methods in paths.values() for operation in methods.values()]
    ids = {operation["operationId"] for operation in operations}
    assert all(operation["description"] and operation["summary"] for operation in operations)
    assert len(ids) == len(operations)
    assert ids == {
        "removeBackground", "getAccount", "removeBackgroundRembg", "removeBackgroundRembgByUrl",
        "listModels", "getRembgServer", "createUpload", "deleteUpload", "createJob", "getJob",
        "deleteJob", "getHealth", "getReadiness",
    }  # fmt: skip


def test_the_page_runs_no_script_and_loads_nothing(answer):
    policy = answer.headers["content-security-policy"]

    (style,) = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "<script" not in answer.text
    assert not re.search(r"(src|href)=.?(https?:)?//", answer.text)


def test_every_link_of_the_page_leads_to_a_part_of_it(full):
    html = TestClient(full).get("/docs").text

    anchors = re.findall(r' id="([^"]+)"', html)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(anchors)


def test_the_page_shows_defaults_choices_headers_and_codes(full):
    html = TestClient(full).get("/docs").text

    for shown in (
        "default <code>preview</code>",
        "<code>fast</code> <code>standard</code> <code>best</code>",
        "such as <code>1000x1000</code>",
        "whole number of 0 to 255",
        "<code>invalid_image_url</code>",
        'id="header-Retry-After"',
    ):
        assert shown in html


def spoilt(part):
    """Return a part of a description whose texts all hold markup."""
    if isinstance(part, dict):
        kept = ("$ref", "type", "in", "operationId")
        return {key: one if key in kept else spoilt(one) for key, one in part.items()}
    if isinstance(part, list):
        return [spoilt(each) for each in part]
    return f"{part}<b>&" if isinstance(part, str) else part


def test_what_a_description_holds_is_text_and_never_markup(full):
    description = TestClient(full).get("/openapi.json").json()

    page = page_of(spoilt(description))

    assert "&lt;b&gt;&amp;" in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/docs"), ("GET", "/healthz"), ("GET", "/nowhere"), ("PUT", "/api/remove"),
     ("POST", "/api/remove"), ("OPTIONS", "/v1.0/removebg"), ("GET", "/openapi.json")],
)  # fmt: skip
def test_browsers_take_every_response_for_what_it_says(app, method, path):
    answer = TestClient(app).request(method, path)

    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


def test_browsers_take_the_response_to_a_bug_for_what_it_says(engine):
    def broken():
        raise RuntimeError

    app = create_app(ports(engine, is_ready=broken))
    answer = TestClient(app, raise_server_exceptions=False).get("/readyz")

    assert answer.status_code == 500
    assert answer.headers["x-content-type-options"] == "nosniff"
