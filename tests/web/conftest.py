"""Every response in the tests of the API is held to the OpenAPI description."""

import pytest
from starlette.testclient import TestClient

from tests.web.described import DESCRIPTION


@pytest.fixture(autouse=True)
def responses_are_described(monkeypatch):
    """Check each response of a TestClient."""
    send = TestClient.send

    def checked(client, request, **options):
        response = send(client, request, **options)
        DESCRIPTION.check(request.method, request.url.path, response)
        return response

    monkeypatch.setattr(TestClient, "send", checked)
