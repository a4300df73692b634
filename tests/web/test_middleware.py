"""Headers that are refused before anything else."""

import pytest
from fastapi.testclient import TestClient

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
    "name", ["Content-Type", "X-Api-Key", "Idempotency-Key", "X-Cutout-Model-Version"]
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
