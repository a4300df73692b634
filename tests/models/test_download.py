"""Downloads from a server on localhost."""

import hashlib
import re

import pytest

from cutout.errors import ModelsMissing
from cutout.models.download import download
from tests.releases import released

FILE = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(FILE).hexdigest()


@pytest.fixture
def server():
    with released({"/v1/u2net.onnx": FILE}) as server:
        yield server


@pytest.fixture
def url(server):
    return f"{server.address}/u2net.onnx"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "u2net.onnx"


def left(path):
    return {file.name for file in path.parent.iterdir()}


def test_an_interrupted_download_is_resumed(url, path, server):
    server.most = 5000
    with pytest.raises(ModelsMissing, match=r"ended after 5,000 of 512,000 bytes.*to continue"):
        download(url, path, len(FILE), SHA256)
    server.most = None

    download(url, path, len(FILE), SHA256)

    assert path.read_bytes() == FILE
    assert [range for _, range in server.asked] == [None, "bytes=5000-"]
    assert left(path) == {"u2net.onnx"}


def test_a_download_restarts_where_the_server_cannot_resume(url, path, server):
    server.most, server.resumes = 5000, False
    with pytest.raises(ModelsMissing):
        download(url, path, len(FILE), SHA256)
    server.most = None

    download(url, path, len(FILE), SHA256)

    assert path.read_bytes() == FILE


@pytest.mark.parametrize("file", [FILE[::-1], FILE[:-1] + b"x"])
def test_a_wrong_file_is_deleted_and_the_error_has_both_hashes(url, path, server, file):
    server.files["/v1/u2net.onnx"] = file

    with pytest.raises(ModelsMissing) as caught:
        download(url, path, len(FILE), SHA256)

    assert SHA256 in str(caught.value)
    assert hashlib.sha256(file).hexdigest() in str(caught.value)
    assert left(path) == set()


def test_no_more_bytes_than_the_expected_size_are_stored(url, path, server):
    server.files["/v1/u2net.onnx"] += b"more"

    download(url, path, len(FILE), SHA256)

    assert path.read_bytes() == FILE


def test_a_redirect_loop_is_an_error_of_one_line(url, path, server):
    server.sent_on["/v1/u2net.onnx"] = "/v1/u2net.onnx"

    with pytest.raises(ModelsMissing, match=r"\(HTTP Error 302: "):
        download(url, path, len(FILE), SHA256)


def test_a_redirect_is_followed(url, path, server):
    server.files["/elsewhere"] = FILE
    server.sent_on["/v1/u2net.onnx"] = "/elsewhere"

    download(url, path, len(FILE), SHA256)

    assert path.read_bytes() == FILE


@pytest.mark.parametrize("elsewhere", ["http://models.example/u2net.onnx", "file:///etc/passwd"])
def test_a_redirect_to_plain_http_is_refused(url, path, server, elsewhere):
    server.sent_on["/v1/u2net.onnx"] = elsewhere

    with pytest.raises(ModelsMissing, match=re.escape(elsewhere)):
        download(url, path, len(FILE), SHA256)


def test_requests_to_localhost_bypass_the_proxy(url, path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    download(url, path, len(FILE), SHA256)

    assert path.read_bytes() == FILE
