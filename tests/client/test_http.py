"""Requests and responses: limits of size and time, and proxies."""

from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

from cutout.client import http
from cutout.client.http import WHOLE_S, ConnectionBroken, Request, Unreachable
from tests.conftest import served

MB = 1024 * 1024


class EndlessHandler(BaseHTTPRequestHandler):
    """Sends an endless response without Content-Length."""

    def do_GET(self):
        self.server.got.append((self.path, self.headers))
        self.send_response(200)
        self.end_headers()
        with suppress(ConnectionError):
            for _ in range(self.server.blocks):
                self.wfile.write(bytes(MB))

    def log_message(self, *_):
        pass


@contextmanager
def speaking():
    server = ThreadingHTTPServer(("127.0.0.1", 0), EndlessHandler)
    server.got, server.blocks = [], 0
    with served(server):
        yield server


@pytest.fixture
def speaker():
    with speaking() as server:
        yield server


@pytest.fixture
def proxy(monkeypatch):
    """A proxy for all requests, from the environment."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with speaking() as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
        yield server


def test_an_endless_response_is_abandoned_at_the_size_limit(speaker):
    speaker.blocks = 16

    with pytest.raises(ConnectionBroken, match="more than 100,000 bytes"):
        http.send(Request("GET", f"http://127.0.0.1:{speaker.server_port}/"), 100_000)


def test_a_slow_response_is_abandoned_at_the_time_limit(speaker):
    """The clock advances by more than half of the limit at each call."""
    speaker.blocks = 16
    question = Request("GET", f"http://127.0.0.1:{speaker.server_port}/")
    clock = count(step=WHOLE_S // 2 + 1)

    with pytest.raises(ConnectionBroken, match=f"longer than {WHOLE_S} s"):
        http.send(question, 100 * MB, clock=lambda: next(clock))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_requests_to_this_machine_use_no_proxy(proxy, speaker, host):
    key = {"X-Api-Key": "k"}

    http.send(Request("GET", f"http://{host}:{speaker.server_port}/", headers=key), 1)

    assert [headers["X-Api-Key"] for _, headers in speaker.got] == ["k"]
    assert proxy.got == []


def test_other_requests_use_the_proxy(proxy):
    http.send(Request("GET", "http://cutout.example/"), 1)

    assert [path for path, _ in proxy.got] == ["http://cutout.example/"]


@pytest.mark.parametrize("name", ["a..b", ".a.example", "a" * 64 + ".example"])
def test_a_proxy_with_an_impossible_name_is_unreachable(proxy, monkeypatch, name):
    monkeypatch.setenv("http_proxy", f"http://{name}:3128")

    with pytest.raises(Unreachable, match="no connection"):
        http.send(Request("GET", "http://cutout.example/"), 1)
