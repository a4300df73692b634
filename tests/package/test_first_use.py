"""How an installed distribution gets its models: by download or by building them."""

import hashlib
import os
import shutil
import subprocess
from select import select

import pytest

from cutout.config import cache_folder
from cutout.models import catalogue, fetch
from tests.package.conftest import UV
from tests.processes import wait_while_running
from tools.time_limits import limit_s

pytestmark = pytest.mark.package

U2NETP = catalogue.load()[1]
PATH = "/v1/u2netp.onnx"
HALF = 500_000
BUILD = '`pip install "cutout-bg[build]"`, then `cutout models build`'


@pytest.fixture
def online(machine, release):
    """The user's machine, configured with the release's address."""
    machine.environment["CUTOUT_MODELS_URL"] = release.address
    return machine


def wait_for_half(machine, process):
    folder = machine.home / ".cache/cutout/models" / U2NETP.built_sha256
    part = folder / "u2netp.download"
    wait_while_running(
        process, lambda: part.exists() and part.stat().st_size == HALF, "half of the file"
    )


def test_a_model_is_downloaded_once_and_then_used_without_an_address(base, online, release):
    assert online.cutout(base, "astronaut.jpg").returncode == 0
    assert online.kept() == ["u2netp.onnx"]
    online.environment.pop("CUTOUT_MODELS_URL")

    assert online.cutout(base, "chelsea.jpg").returncode == 0
    assert release.asked == [(PATH, None)]


def test_a_killed_download_is_resumed(base, online, release):
    release.pause = HALF
    killed = online.start(base, "astronaut.jpg")
    wait_for_half(online, killed)
    killed.kill()
    killed.communicate()
    release.pause = None

    run = online.cutout(base, "astronaut.jpg")

    assert (run.returncode, run.stderr) == (0, "")
    assert release.asked == [(PATH, None), (PATH, f"bytes={HALF}-")]
    assert online.kept() == ["u2netp.onnx"]


def test_a_file_with_a_wrong_hash_is_refused_with_both_hashes(base, online, release):
    release.files[PATH] = bytes(U2NETP.built_bytes)

    run = online.cutout(base, "astronaut.jpg")

    assert run.returncode == 1
    assert U2NETP.built_sha256 in run.stderr
    assert hashlib.sha256(release.files[PATH]).hexdigest() in run.stderr
    assert run.stderr.count("\n") == 1
    assert online.kept() == []


def test_two_processes_download_a_model_once(base, online, release):
    release.pause = HALF
    both = [online.start(base, f"{name}.jpg") for name in ("astronaut", "chelsea")]
    readable, _, _ = select([one.stderr for one in both], [], [], limit_s(60))
    assert readable, "neither process said that it waits"
    said = readable[0].readline()
    release.go_on.set()

    outcomes = [one.communicate(timeout=limit_s(60)) for one in both]

    assert said.startswith("another process is at work in")
    assert outcomes == [("", ""), ("", "")]
    assert [one.returncode for one in both] == [0, 0]
    assert release.asked == [(PATH, None)]
    assert online.kept() == ["u2netp.onnx"]


def test_without_release_and_extra_the_error_names_the_command(base, machine):
    run = machine.cutout(base, "astronaut.jpg")

    assert run.returncode == 1
    assert BUILD in run.stderr
    assert run.stderr.count("\n") == 1


def test_offline_the_error_is_one_sentence_with_the_command(full, machine):
    machine.environment["CUTOUT_MODELS_URL"] = "http://127.0.0.1:9/v1"

    for words in (["astronaut.jpg"], ["batch", ".", "cutouts"], ["models", "download"]):
        run = machine.cutout(full, *words)

        assert run.returncode == 1
        assert "http://127.0.0.1:9/v1/u2net" in run.stderr
        assert ".onnx could not be downloaded (Connection refused)" in run.stderr
        assert BUILD in run.stderr
        assert run.stderr.count("\n") == 1


def test_the_command_downloads_both_models(base, online):
    run = online.cutout(base, "models", "download")

    assert run.returncode == 0
    assert online.kept() == ["u2net.onnx", "u2netp.onnx"]
    assert "not here" not in online.cutout(base, "models", "list").stdout


@pytest.fixture
def originals(machine):
    """Put the original networks into the machine's cache, so that none is downloaded."""
    folder = machine.home / ".cache/cutout"
    folder.mkdir(parents=True)
    for original in fetch.originals(catalogue.load(), cache_folder()):
        shutil.copy(original, folder)


def test_without_a_release_the_extra_builds_the_model(install, machine, originals):
    run = machine.cutout(install("build"), "astronaut.jpg")

    assert run.returncode == 0
    assert run.stderr.startswith("u2netp: no address to download it from; building it\n")
    assert run.stdout == ""
    assert machine.kept() == ["u2netp.onnx"]
    built = machine.home / ".cache/cutout/models" / U2NETP.built_sha256 / "u2netp.onnx"
    assert catalogue.file_sha256(built) == U2NETP.built_sha256


def test_uvx_runs_it_from_a_checkout(source, machine, originals):
    cache = subprocess.run([*UV, "cache", "dir"], capture_output=True, text=True, check=True)
    environment = os.environ | {
        "CUTOUT_MODEL": "u2netp",
        "XDG_CACHE_HOME": str(machine.home / ".cache"),
        "UV_CACHE_DIR": cache.stdout.strip(),  # packages that this machine has are not downloaded
    }

    subprocess.run(
        [*UV, "tool", "run", "--quiet", "--from", f"{source}[build]", "cutout", "astronaut.jpg"],
        cwd=machine.home, env=environment, check=True,
    )  # fmt: skip

    assert (machine.home / "astronaut.cutout.png").exists()
    assert machine.kept() == ["u2netp.onnx"]
