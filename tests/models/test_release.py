"""Downloading quantized networks, from a loopback server in place of a release."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from cutout import installation
from cutout.errors import InvalidSetting, ModelsMissing
from cutout.models import catalogue, release
from tests.processes import wait_while_running
from tests.releases import released

FILE = bytes(range(256)) * 2000
NOBODY = "http://127.0.0.1:9"
BUILD = r'`pip install "cutout-bg\[build\]"`, then `cutout models build`'


@pytest.fixture
def server():
    with released({"/v1/u2net.onnx": FILE}) as server:
        yield server


@pytest.fixture
def address(server):
    return server.address


@pytest.fixture
def entry(monkeypatch, tmp_path):
    """A model of a distribution with a cache of the test's own."""
    monkeypatch.setattr(installation, "is_distribution", lambda: True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return replace(
        catalogue.load()[0],
        built_sha256=hashlib.sha256(FILE).hexdigest(),
        built_bytes=len(FILE),
    )


def left(entry):
    return {path.name for path in entry.built.parent.iterdir()} - {".lock"}


def test_a_model_is_downloaded_into_a_folder_named_by_its_sha256(entry, address, server, tmp_path):
    release.download(entry, address)

    assert entry.built.read_bytes() == FILE
    assert entry.built == tmp_path / "cutout/models" / entry.built_sha256 / "u2net.onnx"
    assert left(entry) == {"u2net.onnx"}
    assert server.asked == [("/v1/u2net.onnx", None)]


def test_a_trailing_slash_of_the_address_changes_nothing(entry, address, server):
    release.download(entry, address + "/")

    assert server.asked == [("/v1/u2net.onnx", None)]


def test_a_model_in_the_cache_is_not_downloaded_again(entry, address, server):
    release.download(entry, address)
    release.download(entry, address)

    assert len(server.asked) == 1


def test_the_error_for_a_release_without_the_file_says_what_to_do(entry, address, server):
    server.sent_on["/v1/u2net.onnx"] = "/gone"

    with pytest.raises(
        ModelsMissing, match=r"\(HTTP Error 404: Not Found\).*`cutout models build`"
    ):
        release.download(entry, address)


def test_the_error_for_an_unreachable_release_says_what_to_do(entry):
    with pytest.raises(ModelsMissing) as caught:
        release.download(entry, "http://127.0.0.1:9/v1")

    assert "http://127.0.0.1:9/v1/u2net.onnx could not be downloaded (Connection refused)" in str(
        caught.value
    )
    assert 'pip install "cutout-bg[build]"`, then `cutout models build`' in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["http://models.example", "ftp://127.0.0.1", "file:///tmp", "models", "https://", "https://["],
)
def test_plain_http_to_another_machine_is_refused(entry, address):
    with pytest.raises(InvalidSetting, match=r"CUTOUT_MODELS_URL: .* https"):
        release.download(entry, address)


def test_a_download_replaces_a_file_that_was_built_with_other_versions(entry, address):
    entry.built.parent.mkdir(parents=True)
    entry.built.write_bytes(b"built here")
    entry.stamp.write_text("of it")

    release.download(entry, address)

    assert entry.is_pinned()
    assert left(entry) == {"u2net.onnx"}


def test_a_model_in_the_cache_is_used_whatever_the_address_is(entry):
    entry.built.parent.mkdir(parents=True)
    entry.built.write_bytes(FILE)

    assert release.find(entry, NOBODY) == entry.built


def test_without_address_and_extra_the_error_names_the_build_command(entry, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)

    with pytest.raises(ModelsMissing, match=f"u2net is not on this machine.*{BUILD}"):
        release.find(entry, "")


def test_an_unreachable_address_is_an_error_and_starts_no_build(entry):
    with pytest.raises(ModelsMissing, match=rf"\(Connection refused\).*{BUILD}"):
        release.find(entry, NOBODY)

    assert not entry.built.exists()


def test_an_unwritable_cache_is_an_error(entry, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    with pytest.raises(ModelsMissing, match=r"file/cutout/models/.* \(Not a directory\); XDG_CACH"):
        release.find(entry, NOBODY)


def test_a_full_disk_is_an_error(entry, address):
    entry.built.parent.mkdir(parents=True)
    entry.built.with_suffix(".download").symlink_to("/dev/full")

    with pytest.raises(ModelsMissing, match=r"u2net cannot be kept in .* \(No space left on devi"):
        release.find(entry, address)


def test_without_a_home_the_error_names_the_setting(entry, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 54321)

    with pytest.raises(ModelsMissing, match=r"no home folder .* set XDG_CACHE_HOME"):
        release.find(entry, NOBODY)


DOWNLOAD = """
import sys
from dataclasses import replace
from cutout import installation
from cutout.models import catalogue, release
installation.is_distribution = lambda: True
sha256, size, address = sys.argv[1:]
entry = replace(catalogue.load()[0], built_sha256=sha256, built_bytes=int(size))
release.download(entry, address)
print(entry.built.read_bytes() == bytes(range(256)) * 2000)
"""


@pytest.fixture
def process(entry, address):
    """Start a process that downloads the same model."""
    words = [entry.built_sha256, str(entry.built_bytes), address]
    running = []

    def start():
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", DOWNLOAD, *words],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
        return running[-1]

    yield start
    for one in running:
        one.kill()
        one.communicate()


def test_two_processes_download_a_model_once(process, entry, server):
    server.pause = 5000
    first = process()
    wait_while_running(first, lambda: server.asked, "its request")
    second = process()
    said = second.stderr.readline()
    server.go_on.set()

    outcomes = [one.communicate() for one in (first, second)]

    assert said.startswith("another process is at work in")
    assert outcomes == [("True\n", ""), ("True\n", "")]
    assert server.asked == [("/v1/u2net.onnx", None)]


def test_the_download_of_a_killed_process_is_resumed(process, entry, address, server):
    server.pause = 5000
    first = process()
    part = entry.built.with_suffix(".download")
    wait_while_running(
        first, lambda: part.exists() and part.stat().st_size == 5000, "half of the file"
    )
    first.kill()
    first.wait()
    server.pause = None

    release.download(entry, address)

    assert entry.is_pinned()
    assert server.asked[-1] == ("/v1/u2net.onnx", "bytes=5000-")
