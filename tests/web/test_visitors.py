"""Whose calls are counted together: what may be forged, and what not."""

import pytest
from starlette.requests import Request

from cutout.web import visitors as addresses

EDGE, ANN, FORGED = "198.51.100.1", "203.0.113.7", "192.0.2.66"
SECRET = "origin secret"


def seen(headers, source=EDGE, secret=SECRET, event=True):
    scope = {
        "type": "http",
        "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }
    if event:
        scope["aws.event"] = {"requestContext": {"identity": {"sourceIp": source}}}
    return addresses.visitor(Request(scope), secret).address


def test_by_cloudfront_it_is_the_address_that_cloudfront_wrote():
    headers = {"X-Origin-Secret": SECRET, "X-Forwarded-For": f"{ANN}, {EDGE}"}

    assert seen(headers) == ANN


def test_what_the_caller_forges_stands_further_left():
    headers = {"X-Origin-Secret": SECRET, "X-Forwarded-For": f"{FORGED}, {FORGED},{ANN}, {EDGE}"}

    assert seen(headers) == ANN


@pytest.mark.parametrize("sent", [{}, {"X-Origin-Secret": ""}, {"X-Origin-Secret": "guessed"}])
def test_without_the_secret_it_is_who_called_the_gateway(sent):
    assert seen(sent | {"X-Forwarded-For": f"{FORGED}, {FORGED}"}, source=ANN) == ANN


def test_no_secret_is_not_matched_by_none():
    headers = {"X-Origin-Secret": "", "X-Forwarded-For": f"{FORGED}, {EDGE}"}

    assert seen(headers, source=ANN, secret="") == ANN


@pytest.mark.parametrize("forwarded", ["", EDGE, f"nonsense, {EDGE}", f", {EDGE}", f"{ANN}:80, x"])
def test_what_is_no_address_is_not_counted_as_one(forwarded):
    assert seen({"X-Origin-Secret": SECRET, "X-Forwarded-For": forwarded}) == EDGE


def test_ipv6_comes_as_it_is():
    headers = {"X-Origin-Secret": SECRET, "X-Forwarded-For": f"2001:db8::1, {EDGE}"}

    assert seen(headers) == "2001:db8::1"


def test_a_plain_server_takes_who_is_connected():
    assert seen({"X-Forwarded-For": FORGED}, event=False) == "127.0.0.1"
