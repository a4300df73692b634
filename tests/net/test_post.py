"""The poster with real servers on loopback ports, which the test's policy allows."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest
import trustme

from cutout.jobs.webhooks import Reply, Unanswered
from cutout.net import hosts
from cutout.net.post import Poster
from tests.conftest import served
from tests.policies import reaching
from tools.ports import free_port

MB = 1024 * 1024
NOW = 1_800_000_000.0
BODY = b'{"type":"job.done"}'
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the default one is slow to make
HEADERS = {"content-type": "application/json", "webhook-id": "msg_1"}


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers, body))
        with suppress(ConnectionError):
            getattr(self, f"do_{self.path[1:]}", self.do_status)()

    def do_status(self):
        self.answer(int(self.path[1:]))

    def do_hang(self):
        self.server.done.wait(60)

    def do_drip(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(10_000):  # until the client hangs up
            self.wfile.write(b"x")
            time.sleep(0.01)
        self.server.dripped_dry = True

    def do_redirect(self):
        self.answer(307, Location="http://169.254.169.254/latest/meta-data")

    def do_later(self):
        self.answer(503, **{"Retry-After": self.server.reported})

    def do_large(self):
        self.send_response(200)
        self.end_headers()
        for _ in range(10):
            self.wfile.write(bytes(MB))
            self.server.sent += MB

    def do_nonsense(self):
        self.wfile.write(b"SSH-2.0-OpenSSH\r\n")

    def do_nothing(self):
        pass

    def answer(self, status, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def running():
    with served(ThreadingHTTPServer(("127.0.0.1", 0), Receiver)) as server:
        yield server


@pytest.fixture
def server(running):
    running.got, running.sent, running.done = [], 0, threading.Event()
    running.dripped_dry = False
    yield running
    running.done.set()
    assert not running.dripped_dry  # we have waited for all of an answer


@pytest.fixture
def post(server):
    def only_this_port(address, asked):
        return address == ip_address("127.0.0.1") and asked == server.server_port

    def post(path, seconds=60):
        poster = Poster(policy=reaching(only_this_port), seconds=seconds, clock=lambda: NOW)
        return poster(f"http://127.0.0.1:{server.server_port}/{path}", HEADERS, BODY)

    return post


@pytest.mark.parametrize("status", [200, 204, 404, 410, 429, 500])
def test_any_status_is_returned(post, status):
    assert post(str(status)) == Reply(status)


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        ("3600", 3600), ("soon", 0), (formatdate(NOW + 90, usegmt=True), 90),
        ("1 Jan 99999999999 0:0:0", 0),
    ],
)  # fmt: skip
def test_the_reply_has_the_seconds_of_retry_after(post, server, reported, expected):
    server.reported = reported

    assert post("later") == Reply(503, retry_after_s=expected)


def test_body_and_headers_arrive_unchanged(post, server):
    post("200")

    ((path, headers, body),) = server.got
    assert (path, body) == ("/200", BODY)
    assert headers["webhook-id"] == "msg_1"
    assert headers["Content-Type"] == "application/json"


def test_a_redirect_is_not_followed(post, server):
    assert post("redirect").status == 307
    assert len(server.got) == 1


@pytest.mark.parametrize("path", ["hang", "drip"])
def test_a_slow_receiver_is_abandoned_at_the_time_limit(post, server, path):
    with pytest.raises(Unanswered, match="timeout"):
        post(path, seconds=0.1)


def test_a_receiver_that_never_accepts_is_abandoned_at_the_time_limit():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        with pytest.raises(Unanswered, match="timeout"):
            Poster(reaching(), 0.3)(f"http://127.0.0.1:{deaf.getsockname()[1]}/", {}, BODY)


def test_a_long_response_is_not_read(post, server):
    assert post("large").status == 200

    assert server.sent < 10 * MB


@pytest.mark.parametrize("path", ["nonsense", "nothing"])
def test_an_invalid_response_is_no_answer(post, path):
    with pytest.raises(Unanswered, match="no_answer"):
        post(path)


def test_a_refused_connection_has_its_own_code():
    with pytest.raises(Unanswered, match="refused"):
        Poster(reaching())(f"http://127.0.0.1:{free_port()}/", {}, BODY)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("ftp://a.example/", "no_url"),
        ("ftp://a.example:21/", "no_url"),
        ("//a.example:80/", "no_url"),
        ("a.example", "no_url"),
        ("", "no_url"),
        ("https://u:p@a.example/", "no_url"),
        ("https://a.example:25/", "no_url"),
        ("http://127.0.0.1/", "not_public"),
        ("http://intranet/", "not_public"),
        ("http://localhost/", "not_public"),
        ("http://[::ffff:10.0.0.1]/", "not_public"),
    ],
)
def test_an_unusable_url_is_refused_for_good_before_any_resolution(monkeypatch, url, error):
    monkeypatch.setattr(socket, "getaddrinfo", None)

    with pytest.raises(Unanswered, match=error) as raised:
        Poster(tls=UNUSED)(url, {}, BODY)

    assert raised.value.is_final


def no_address(*args, **kwargs):
    raise socket.gaierror


def private_address(*args, **kwargs):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443))]


@pytest.mark.parametrize("resolve", [no_address, private_address])
def test_a_private_name_and_one_that_does_not_exist_are_logged_alike(monkeypatch, resolve):
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(hosts, "REFUSED_AFTER_S", 0.2)
    begun = time.monotonic()

    with pytest.raises(Unanswered, match="not_public") as raised:
        Poster(tls=UNUSED)("https://shop.example/", {}, BODY)

    assert time.monotonic() - begun >= 0.2  # else the log's milliseconds would tell them apart
    assert not raised.value.is_final  # the name may have another address later


def test_an_untrusted_certificate_has_its_own_code(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("shop.example").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # it hangs up
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *args, **kw: resolve("127.0.0.1", *args, **kw)
    )

    with served(server), pytest.raises(Unanswered, match="tls"):
        Poster(reaching())(f"https://shop.example:{server.server_port}/200", {}, BODY)

    assert server.got == []
