"""What OpenAPI says holds for whatever is sent: no answer is a 5xx, and none of another shape."""

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
        max_examples=cases, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(described[path][method].as_strategy())
    def holds(case):
        case.call_and_validate(checks=CHECKS)

    holds()
