"""Headers that are refused before anything else."""

import gzip

import pytest
from starlette.testclient import TestClient

from cutout.web.app import create_app
from tests.web_ports import ports

PATHS = ["/api/remove", "/v1.0/removebg"]


@pytest.fixture
def client(engine):
    return TestClient(create_app(ports(engine)))


def code(response):
    (error,) = response.json()["errors"]
    return response.status_code, error["code"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "name",
    ["Content-Type", "X-Api-Key", "Idempotency-Key", "X-Cutout-Model-Version", "X-Cutout-Strict"],
)
def test_a_header_with_two_values_is_400_with_its_name(client, path, name):
    response = client.post(path, headers=[(name, "a"), (name, "b")])

    assert code(response) == (400, "malformed_request")
    assert name.lower() in response.text


@pytest.mark.parametrize("path", PATHS)
def test_a_header_that_comes_twice_with_one_value_is_read_once(client, path):
    twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "a")]

    assert code(client.post(path, headers=twice))[1] == "missing_source"


@pytest.mark.parametrize("path", [*PATHS, "/healthz", "/nowhere"])
@pytest.mark.parametrize("value", ["200-ok", "100-continue, a", "a"])
def test_an_expectation_other_than_100_continue_is_417(client, path, value):
    response = client.post(path, headers={"Expect": value})

    assert code(response) == (417, "expectation_failed")
    assert response.headers["x-request-id"]


@pytest.mark.parametrize("value", ["100-continue", "100-Continue"])
def test_the_expectation_of_curl_is_met(client, photo, value):
    response = client.post(PATHS[0], files={"file": photo}, headers={"Expect": value})

    assert response.status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_each_expectation_has_to_be_met(client, path):
    response = client.post(path, headers=[("Expect", "100-continue"), ("Expect", "a")])

    assert code(response) == (417, "expectation_failed")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["gzip", "br", "identity, GZIP"])
def test_a_compressed_body_is_415_with_what_to_do(client, path, coding):
    headers = {"Content-Encoding": coding, "Content-Type": "application/json"}
    response = client.post(path, content=gzip.compress(b"{}"), headers=headers)

    assert code(response) == (415, "unsupported_content_coding")
    assert "without Content-Encoding" in response.text
    assert response.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("coding", ["identity", "utf-8", ""])
def test_a_body_whose_coding_is_no_compression_is_read(client, photo, coding):
    headers = {"Content-Encoding": coding}

    assert client.post(PATHS[0], files={"file": photo}, headers=headers).status_code == 200
