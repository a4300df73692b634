"""The fetcher with a real server on a loopback port, which the test's policy allows."""

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from math import inf

import pytest
import trustme

from cutout import errors
from cutout.deadline import NEVER, Deadline
from cutout.net import hosts
from cutout.net.fetch import Fetcher, check
from cutout.net.policy import Policy
from tests.conftest import served
from tests.policies import reaching

BODY = b"a picture" * 1000
LIMIT = 1_000_000
RAW = zlib.compressobj(wbits=-15)
CODED = {
    "gzip": gzip.compress(BODY),
    "deflate": zlib.compress(BODY),
    "raw": RAW.compress(BODY) + RAW.flush(),
    "identity": BODY,
    "plain": BODY,
    "short": gzip.compress(BODY)[:-1],
    "trailer": gzip.compress(BODY) + b"x",
    "bomb": gzip.compress(bytes(100 * LIMIT)),
    "full": gzip.compress(bytes(LIMIT)),
    "empty": b"",
}


class Host(BaseHTTPRequestHandler):
    def do_GET(self):
        kind = self.path.partition("?")[0].strip("/")
        with suppress(ConnectionError):
            getattr(self, f"do_{kind.replace('-', '_')}", self.do_missing)()

    def do_picture(self):
        self.answer(200, BODY)

    def do_missing(self):
        self.answer(404, b"no")

    def do_chain(self):
        count = int(self.path.partition("?")[2])
        self.answer(302, b"", Location=f"/chain?{count - 1}" if count else "/picture")

    def do_to_metadata(self):
        self.answer(302, b"", Location="http://169.254.169.254/latest/meta-data")

    def do_to_file(self):
        self.answer(302, b"", Location="file:///etc/passwd")

    def do_to_other_port(self):
        self.answer(302, b"", Location=f"http://127.0.0.1:{self.server.server_port + 1}/picture")

    def do_echo(self):
        self.answer(200, f"{self.headers['Host']} {self.path}".encode())

    def do_to_nonsense(self):
        self.answer(302, b"", Location="http://[")

    def do_to_script(self):
        self.answer(302, b"", Location="/echo?\u00c3\u00bc")  # UTF-8, as http.server sends Latin-1

    def do_slow_chain(self):
        time.sleep(0.02)
        self.answer(302, b"", Location="/slow-chain")

    def do_coded(self):
        coding, _, form = self.path.partition("?")[2].partition("&")
        self.answer(200, CODED[form or coding], **{"Content-Encoding": coding.replace("+", ", ")})

    def do_coded_in_the_second_header(self):
        self.send_response(200)
        self.send_header("Content-Encoding", "identity")
        self.rest_of_answer(CODED["gzip"], **{"Content-Encoding": "gzip"})

    def do_short(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")

    def do_drip(self):
        self.send_response(200)
        self.end_headers()
        self.drip()

    def do_drip_with_length(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.drip()

    def do_drip_header(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.drip()

    def do_endless(self):
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(BODY)

    def drip(self):
        """Until the client hangs up."""
        for _ in range(10_000):
            self.wfile.write(b"x")
            time.sleep(0.01)
        self.server.dripped_dry = True

    def answer(self, status, body, **headers):
        self.send_response(status)
        self.rest_of_answer(body, **headers)

    def rest_of_answer(self, body, **headers):
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def port():
    with served(ThreadingHTTPServer(("127.0.0.1", 0), Host)) as server:
        server.dripped_dry = False
        yield server.server_port
        assert not server.dripped_dry  # some client has waited for all of it


@pytest.fixture
def fetch(port):
    def only_this_port(address, asked):
        return address == ip_address("127.0.0.1") and asked == port

    def fetch(path, deadline=NEVER, seconds=60):
        fetcher = Fetcher(max_bytes=LIMIT, policy=reaching(only_this_port), seconds=seconds)
        return fetcher(f"http://127.0.0.1:{port}/{path}", deadline)

    return fetch


def test_a_picture_is_fetched(fetch):
    assert fetch("picture") == BODY


def test_redirects_are_followed_and_counted(fetch):
    assert fetch("chain?4") == BODY
    with pytest.raises(errors.ImageDownloadFailed, match="5 redirects"):
        fetch("chain?5")


def test_a_status_other_than_200_is_an_error(fetch):
    with pytest.raises(errors.ImageDownloadFailed, match="404"):
        fetch("missing")


def test_the_status_is_in_the_title_as_at_remove_bg(fetch):
    title = ""
    try:
        fetch("missing")
    except errors.ImageDownloadFailed as error:  # not kept, since it holds the connection
        title = error.title
    assert title == "Failed to download image from given image_url: HTTP Status 404"


@pytest.mark.parametrize("path", ["to-metadata", "to-file", "to-other-port", "to-nonsense"])
def test_a_redirect_is_checked_like_any_url(fetch, path):
    with pytest.raises(errors.InvalidImageUrl):
        fetch(path)


SLOW = ["drip", "drip-with-length", "drip-header", "slow-chain"]


@pytest.mark.parametrize("path", SLOW)
def test_a_slow_host_is_abandoned_at_the_time_limit(fetch, path):
    with pytest.raises(errors.ImageDownloadFailed, match=r"more than 0\.05 s"):
        fetch(path, seconds=0.05)


@pytest.mark.parametrize("path", SLOW)
def test_the_requests_deadline_ends_a_download_early(fetch, path):
    with pytest.raises(errors.DeadlineExceeded, match=r"longer than the 0\.05 s allowed"):
        fetch(path, Deadline.after(0.05))


@pytest.mark.parametrize("path", SLOW)
def test_a_client_that_goes_ends_a_download_at_once(fetch, path):
    deadline = Deadline.after(inf)
    threading.Timer(0.05, deadline.abandon).start()

    with pytest.raises(errors.Abandoned):
        fetch(path, deadline, seconds=1_000_000)  # else it would end by itself


def test_a_download_in_time_does_not_exceed_the_deadline(fetch):
    assert fetch("picture", Deadline.after(60)) == BODY


def test_an_endless_body_is_abandoned_at_the_size_limit(fetch):
    with pytest.raises(errors.FileTooLarge):
        fetch("endless")


def test_a_truncated_response_is_an_error(fetch):
    with pytest.raises(errors.ImageDownloadFailed):
        fetch("short")


@pytest.mark.parametrize(
    "coding",
    [
        "gzip", "x-gzip&gzip", "GZIP&gzip", "identity+gzip&gzip", "deflate", "deflate&raw",
        "identity", "&plain",
    ],
)  # fmt: skip
def test_a_coding_that_nobody_asked_for_is_decoded(fetch, coding):
    assert fetch(f"coded?{coding}") == BODY


def test_a_coding_is_read_from_each_header_that_names_one(fetch):
    assert fetch("coded_in_the_second_header") == BODY


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip+gzip", "x"])
def test_a_coding_that_is_not_known_is_refused_by_name(fetch, coding):
    name = coding.replace("+", ", ")

    with pytest.raises(errors.ImageDownloadFailed, match=f"coding '{name}'; only gzip and deflate"):
        fetch(f"coded?{coding}&gzip")


@pytest.mark.parametrize(
    ("coding", "words"),
    [
        ("gzip&plain", "gzip that cannot be decoded"),
        ("deflate&plain", "deflate that cannot be decoded"),
        ("gzip&trailer", "gzip that cannot be decoded"),
        ("gzip&short", "closed the connection too early"),
        ("gzip&empty", "closed the connection too early"),
    ],
)
def test_a_damaged_coding_is_an_error(fetch, coding, words):
    with pytest.raises(errors.ImageDownloadFailed, match=words):
        fetch(f"coded?{coding}")


def test_a_coded_body_is_decoded_up_to_the_size_limit_and_no_further(fetch):
    assert fetch("coded?gzip&full") == bytes(LIMIT)

    tracemalloc.start()
    with pytest.raises(errors.FileTooLarge):
        fetch("coded?gzip&bomb")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 5 * LIMIT


def test_spaces_and_unicode_are_kept_in_the_path(fetch, port):
    assert fetch("echo?a b=ü%20") == f"127.0.0.1:{port} /echo?a%20b=%C3%BC%20".encode()


def test_a_redirect_in_utf_8_is_followed(fetch, port):
    assert fetch("to-script") == f"127.0.0.1:{port} /echo?%C3%BC".encode()


def test_a_query_without_a_path_requests_the_root(port):
    fetcher = Fetcher(1000, policy=reaching())

    with pytest.raises(errors.ImageDownloadFailed, match="404"):
        fetcher(f"http://127.0.0.1:{port}?a=b")


def test_the_next_address_is_tried_if_one_does_not_answer(monkeypatch, port):
    resolve = socket.getaddrinfo

    def resolve_twice(host, *args, **kwargs):
        if host != "photos.example":
            return resolve(host, *args, **kwargs)
        return [
            answer for name in ("::1", "127.0.0.1") for answer in resolve(name, *args, **kwargs)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve_twice)
    fetcher = Fetcher(1_000_000, policy=reaching())

    assert fetcher(f"http://photos.example:{port}/picture") == BODY


def test_the_next_address_has_only_the_time_that_the_last_one_left(monkeypatch):
    values = []

    def refuse(self, address):
        values.append(self.gettimeout())
        time.sleep(0.02)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: answer * 2)

    with pytest.raises(errors.ImageDownloadFailed):
        Fetcher(10, policy=reaching(), seconds=60)("http://photos.example/")

    first, second = values
    assert second <= first - 0.02


def test_a_slow_resolver_is_abandoned_at_the_time_limit(monkeypatch):
    asleep = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: asleep.wait(10) or [])

    with pytest.raises(errors.ImageDownloadFailed, match=r"more than 0\.1 s"):
        Fetcher(1000, seconds=0.1)("http://photos.example/")

    asleep.set()


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def tls_port(authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("photos.example").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # clients that do not trust us hang up
    with served(server):
        yield server.server_port


@pytest.fixture
def fetch_by_tls(monkeypatch, tls_port, authority):
    """Return a function that fetches /picture over TLS from a name of this machine."""
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *args, **kw: resolve("127.0.0.1", *args, **kw)
    )

    def fetch(host, trusted=True):
        tls = ssl.create_default_context()
        if trusted:
            authority.configure_trust(tls)
        fetcher = Fetcher(1_000_000, policy=reaching(), tls=tls)
        return fetcher(f"https://{host}:{tls_port}/picture")

    return fetch


def test_a_certificate_for_the_hosts_name_is_accepted(fetch_by_tls):
    assert fetch_by_tls("photos.example") == BODY


def test_a_certificate_for_another_name_is_refused(fetch_by_tls):
    with pytest.raises(errors.ImageDownloadFailed):
        fetch_by_tls("other.example")


def test_a_certificate_of_an_untrusted_authority_is_refused(fetch_by_tls):
    with pytest.raises(errors.ImageDownloadFailed):
        fetch_by_tls("photos.example", trusted=False)


@pytest.mark.parametrize("url", ["ftp://1.1.1.1:21/a.jpg", "http://10.0.0.1/", "http://localhost/"])
def test_a_url_that_is_not_public_is_refused_before_any_resolution(monkeypatch, url):
    monkeypatch.setattr(socket, "getaddrinfo", None)

    with pytest.raises(errors.InvalidImageUrl):
        Fetcher(max_bytes=10)(url)
    with pytest.raises(errors.InvalidImageUrl):
        check(url, Policy.parse())


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    def resolve(host, port, **_):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("93.184.215.14", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    with pytest.raises(errors.InvalidImageUrl, match="not a public host"):
        Fetcher(max_bytes=10)("http://rebinding.example/")


def test_the_connection_uses_the_checked_address(monkeypatch, port):
    resolve, asked = socket.getaddrinfo, []

    def resolve_once(host, *args, **kwargs):
        if host == "photos.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_once)
    fetcher = Fetcher(max_bytes=1_000_000, policy=reaching())

    answer = fetcher(f"http://photos.example:{port}/echo")

    assert answer == f"photos.example:{port} /echo".encode()
    assert asked == ["photos.example"]


def no_address(*args, **kwargs):
    raise socket.gaierror


def private_address(host, port, **kwargs):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", port))]


@pytest.mark.parametrize("resolve", [no_address, private_address])
def test_a_private_name_and_one_that_does_not_exist_are_refused_alike(monkeypatch, resolve):
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(hosts, "REFUSED_AFTER_S", 0.2)
    begun = time.monotonic()

    with pytest.raises(errors.InvalidImageUrl) as refused:
        Fetcher(max_bytes=10)("http://wiki.corp.example/a.jpg")

    assert time.monotonic() - begun >= 0.2  # else the time would tell them apart
    assert str(refused.value) == "'wiki.corp.example' is not a public host"
    assert refused.value.code == "invalid_image_url"


@pytest.mark.parametrize("resolve", [no_address, lambda *args, **kwargs: time.sleep(0.2) or []])
def test_a_client_that_goes_ends_a_lookup_and_the_wait_after_it(monkeypatch, resolve):
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(hosts, "REFUSED_AFTER_S", 1_000_000)  # else it would end by itself
    deadline = Deadline.after(inf)
    threading.Timer(0.05, deadline.abandon).start()

    with pytest.raises(errors.Abandoned):
        Fetcher(max_bytes=10, seconds=2_000_000)("http://a.example/a.jpg", deadline)


def test_a_client_that_goes_ends_a_connection_that_no_host_accepts():
    deadline = Deadline.after(inf)
    with socket.socket() as deaf, ExitStack() as waiting:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):  # more than its queue has, so that the next is not answered
            early = waiting.enter_context(socket.socket())
            early.setblocking(False)
            early.connect_ex(deaf.getsockname())
        threading.Timer(0.2, deadline.abandon).start()

        with pytest.raises(errors.Abandoned):
            fetcher = Fetcher(max_bytes=10, policy=reaching(), seconds=1_000_000)
            fetcher(f"http://127.0.0.1:{deaf.getsockname()[1]}/", deadline)
