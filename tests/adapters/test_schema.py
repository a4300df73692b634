"""What OpenAPI says holds: no answer is a 5xx, and none of another shape."""

from base64 import b64encode

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cutout import bootstrap

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.parametrize(
    ("method", "path", "cases"),
    [("POST", "/v1.0/removebg", 2000), ("POST", "/api/remove", 500), ("GET", "/api/remove", 500)],
)
def test_what_is_described_is_what_is_answered(settings, engine, method, path, cases):
    app = bootstrap.app(settings, engine, lambda result: None)
    described = schemathesis.openapi.from_asgi("/openapi.json", app)

    @hypothesis.settings(
        max_examples=cases,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(described[path][method].as_strategy())
    def holds(case):
        case.call_and_validate(checks=CHECKS)

    holds()


@pytest.mark.parametrize("accept", ["image/png", "application/json"])
def test_a_picture_is_answered_as_described(settings, engine, photo, accept):
    """Made-up cases hold no picture."""
    app = bootstrap.app(settings, engine, lambda result: None)
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)["/v1.0/removebg"]["POST"]
    body = {"image_file_b64": b64encode(photo).decode()}
    case = operation.Case(body=body, media_type="application/json", headers={"Accept": accept})

    response = case.call_and_validate(checks=CHECKS)

    assert response.status_code == 200
